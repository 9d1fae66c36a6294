// SPDX-License-Identifier: Apache-2.0
// auth_bench: what it costs to verify a token, which is done once per connection and per REST request, and to check a
// caller, which is done for each event.
#include "auth/verifier.h"
#include "base/clock.h"
#include "base/gate.h"
#include "base/rate_limits.h"

#include <chrono>
#include <cstdio>
#include <iostream>
#include <optional>
#include <string>

namespace {

using namespace parley;

template <typename F>
void measure(const std::string& what, int rounds, F&& run) {
  for (int i = 0; i < rounds / 10; ++i) run();
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < rounds; ++i) run();
  const std::chrono::duration<double, std::micro> taken = std::chrono::steady_clock::now() - begin;
  std::printf("%-40s %9.3f us\n", what.c_str(), taken.count() / rounds);
}

void measureVerify(const std::string& algorithm, const std::string& key, const std::string& token) {
  base::WorkerPool pool(1, 1);
  const base::SystemClock clock;
  auth::JwtOptions options;
  options.algorithm = algorithm;
  (algorithm.starts_with("HS") ? options.secret : options.keyFile) = key;
  auth::Verifier verifier(options, pool, clock, {});
  bool right = false;
  measure("verify " + algorithm, 5'000,
          [&] { verifier.verify(token, [&right](const Result<auth::Identity>& who) { right = who.ok(); }); });
  if (!right) std::printf("  (the token was refused)\n");
}

void measureCheck(const char* what, base::AuthMode mode, const std::string& subject,
                  base::RateLimits* limits = nullptr) {
  const base::Gate gate(
      mode, [](const std::string&, const std::string&) { return true; }, limits);
  const auto access = Access::joined().actingAs("senderId").participantOf("sessionId").limitedAs(RateClass::Message);
  Caller caller;
  caller.userId = "alice";
  caller.subject = subject;
  caller.role = "user";
  caller.socketId = "socket";
  caller.address = "192.0.2.1";
  measure(what, 1'000'000, [&] {
    gate.check(access, caller, [](std::string_view name) -> std::optional<std::string> {
      return name == "senderId" ? "alice" : "65a0b1c2d3e4f5a6b7c8d9e0";
    });
  });
}

}  // namespace

/// Lines of standard input: ALGORITHM KEY TOKEN, where KEY is the secret, or the PEM file.
int main() {
  std::string algorithm;
  std::string key;
  std::string token;
  while (std::cin >> algorithm >> key >> token) measureVerify(algorithm, key, token);
  measureCheck("check of an event, open", base::AuthMode::Open, "");
  measureCheck("check of an event, jwt", base::AuthMode::Jwt, "alice");
  const base::SystemClock clock;
  base::RateLimitOptions options;
  options.classes.fill({{1e9, 1e9}, {1e9, 1e9}});
  options.exempt = base::Networks({"127.0.0.0/8", "::1"});
  base::RateLimits limits(clock, options);
  measureCheck("the same, with limits", base::AuthMode::Jwt, "alice", &limits);
  return 0;
}
