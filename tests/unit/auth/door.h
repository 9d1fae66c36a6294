// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "auth/verifier.h"

#include "signer.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace parley::auth::test {

constexpr std::int64_t now = 1'700'000'000;  ///< of a FixedClock, in seconds
constexpr const char* notValid = "the token is not valid";

/// A verifier and what it says of tokens.
struct Door {
  explicit Door(const JwtOptions& options, std::shared_ptr<const OwnKey> own = nullptr)
      : secret(options.secret), verifier(options, pool, clock, {}, std::move(own)) {}
  ~Door() { pool.stop(); }
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;

  Result<Identity> ask(const std::string& token) {
    std::optional<Result<Identity>> answer;
    verifier.verify(token, [&answer](Result<Identity> who) { answer = std::move(who); });
    return *answer;
  }
  /// Empty when it counts, else the answer to whoever sent it.
  std::string refusal(const std::string& token) {
    const auto answer = ask(token);
    if (answer) return "";
    EXPECT_EQ(answer.error().code(), ErrorCode::Unauthenticated);
    return answer.error().detail();
  }
  std::string refusalOf(const std::string& claims) { return refusal(hmacToken(headerOf("HS256"), claims, secret)); }

  const std::string secret;
  FixedClock clock;
  base::WorkerPool pool{1, 10};
  Verifier verifier;
};

}  // namespace parley::auth::test
