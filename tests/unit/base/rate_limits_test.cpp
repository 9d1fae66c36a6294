// SPDX-License-Identifier: Apache-2.0
#include "base/rate_limits.h"

#include "base/gate.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace parley::base {

namespace {

class ManualClock final : public Clock {
 public:
  Time now() const override { return {}; }
  Instant steady() const override { return Instant{} + elapsed; }
  Millis elapsed{0};
};

RateLimitOptions limited(RateClass rateClass, Rate perUser, Rate perAddress) {
  RateLimitOptions options;
  options.classes.at(static_cast<std::size_t>(rateClass)) = {perUser, perAddress};
  return options;
}

Caller from(const std::string& address, const std::string& user = {}) {
  Caller caller;
  caller.address = address;
  caller.userId = user;
  return caller;
}

/// The seconds to wait, 0 when the call passes.
template <typename F>
int waitOf(F&& call) {
  try {
    call();
    return 0;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::RateLimited);
    EXPECT_GT(error.retryAfter(), 0);
    return error.retryAfter();
  }
}

}  // namespace

TEST(RateLimits, AUserMayMakeABurstAndThenSoManyPerSecond) {
  ManualClock clock;
  RateLimits limits(clock, limited(RateClass::Search, {0.5, 3}, {}));
  const auto ask = [&](const std::string& user) {
    return waitOf([&] { limits.countUser(RateClass::Search, from("192.0.2.1", user)); });
  };
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask("ann"), 0);
  EXPECT_EQ(ask("ann"), 2) << "a token takes two seconds";
  EXPECT_EQ(ask("bob"), 0);
  clock.elapsed = Millis{1999};
  EXPECT_EQ(ask("ann"), 1);
  clock.elapsed = Millis{2000};
  EXPECT_EQ(ask("ann"), 0);
  EXPECT_EQ(ask("ann"), 2);
}

TEST(RateLimits, ClassesAreCountedApart) {
  const ManualClock clock;
  auto options = limited(RateClass::Search, {1, 1}, {1, 1});
  RateLimits limits(clock, options);
  const auto ann = from("192.0.2.1", "ann");
  EXPECT_EQ(waitOf([&] { limits.countUser(RateClass::Search, ann); }), 0);
  EXPECT_EQ(waitOf([&] { limits.countUser(RateClass::Search, ann); }), 1);
  EXPECT_EQ(waitOf([&] { limits.count(RateClass::Search, from("192.0.2.1")); }), 0) << "users and addresses, too";
  for (int i = 0; i < 100; ++i) EXPECT_EQ(waitOf([&] { limits.countUser(RateClass::Message, ann); }), 0);
}

TEST(RateLimits, AnIPv6CustomerIsOneAddress) {
  const ManualClock clock;
  RateLimits limits(clock, limited(RateClass::Default, {}, {1, 1}));
  const auto ask = [&](const std::string& address) {
    return waitOf([&] { limits.count(RateClass::Default, from(address)); });
  };
  EXPECT_EQ(ask("2001:db8::1"), 0);
  EXPECT_EQ(ask("2001:db8::ffff:2"), 1);
  EXPECT_EQ(ask("2001:db8:0:1::1"), 0);
  EXPECT_EQ(ask("192.0.2.1"), 0);
  EXPECT_EQ(ask("192.0.2.2"), 0);
  EXPECT_EQ(ask("::ffff:192.0.2.1"), 1);
}

TEST(RateLimits, BackEndsAndExemptAddressesAreFree) {
  const ManualClock clock;
  auto options = limited(RateClass::Default, {1, 1}, {1, 1});
  options.exempt = Networks({"10.0.0.0/8"});
  RateLimits limits(clock, options);
  auto service = from("192.0.2.1", "ann");
  service.service = true;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(waitOf([&] { limits.count(RateClass::Default, from("10.1.2.3")); }), 0);
    EXPECT_EQ(waitOf([&] { limits.count(RateClass::Default, service); }), 0);
    EXPECT_EQ(waitOf([&] { limits.countUser(RateClass::Default, service); }), 0);
    EXPECT_EQ(waitOf([&] { limits.countUser(RateClass::Default, from("192.0.2.1")); }), 0) << "nobody in particular";
  }
}

TEST(RateLimits, WhoActsForOthersIsCountedAsThemselves) {
  const ManualClock clock;
  RateLimits limits(clock, limited(RateClass::Default, {1, 1}, {}));
  auto admin = from("192.0.2.1", "ann");
  admin.subject = "boss";
  EXPECT_EQ(waitOf([&] { limits.countUser(RateClass::Default, admin); }), 0);
  admin.userId = "bob";
  EXPECT_EQ(waitOf([&] { limits.countUser(RateClass::Default, admin); }), 1);
}

TEST(RateLimits, TokensThatDoNotCountAreRefusedShortlyInTheEnd) {
  const ManualClock clock;
  RateLimits limits(clock, limited(RateClass::Auth, {}, {1, 2}));
  const Error refusal(ErrorCode::Unauthenticated, "the token is not valid");
  EXPECT_EQ(limits.afterFailure("192.0.2.1", refusal).code(), ErrorCode::Unauthenticated);
  EXPECT_EQ(limits.afterFailure("192.0.2.1", refusal).code(), ErrorCode::Unauthenticated);
  EXPECT_EQ(limits.afterFailure("192.0.2.1", refusal).code(), ErrorCode::RateLimited);
  EXPECT_EQ(limits.afterFailure("192.0.2.2", refusal).code(), ErrorCode::Unauthenticated);
}

TEST(RateLimits, ManyStrangersDoNotLiftALimitWhileThereIsRoom) {
  ManualClock clock;
  auto options = limited(RateClass::Default, {1, 2}, {});
  options.maxTracked = 1'000'000;
  RateLimits limits(clock, options);
  const auto ask = [&](const std::string& user) {
    return waitOf([&] { limits.countUser(RateClass::Default, from("", user)); });
  };
  EXPECT_EQ(ask("ann") + ask("ann"), 0);
  for (int i = 0; i < 50'000; ++i) EXPECT_EQ(ask("stranger" + std::to_string(i)), 0);
  EXPECT_EQ(ask("ann"), 1);
}

TEST(RateLimits, WithTheirMemoryFullTheyForgetSomebody) {
  const ManualClock clock;
  auto options = limited(RateClass::Default, {1, 1}, {});
  options.maxTracked = 160;
  RateLimits limits(clock, options);
  int limited = 0;
  for (int round = 0; round < 2; ++round)
    for (int i = 0; i < 1'600; ++i)
      limited += waitOf([&] { limits.countUser(RateClass::Default, from("", "user" + std::to_string(i))); });
  EXPECT_LE(limited, 160) << "no more than are remembered";
}

TEST(RateLimits, AReloadChangesTheLimitsAndForgetsNobody) {
  const ManualClock clock;
  RateLimits limits(clock, limited(RateClass::Default, {1, 2}, {}));
  const auto ask = [&] { return waitOf([&] { limits.countUser(RateClass::Default, from("", "ann")); }); };
  EXPECT_EQ(ask() + ask(), 0);
  limits.reload(limited(RateClass::Default, {0.1, 2}, {}));
  EXPECT_EQ(ask(), 10);
  limits.reload({});
  EXPECT_EQ(ask(), 0);
}

TEST(RateLimits, CountRightlyFromManyThreads) {
  const ManualClock clock;
  RateLimits limits(clock, limited(RateClass::Default, {1, 1'000}, {}));
  std::atomic<int> passed{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int call = 0; call < 1'000; ++call)
        if (waitOf([&] { limits.countUser(RateClass::Default, from("", "ann")); }) == 0) ++passed;
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(passed, 1'000);
}

TEST(RateLimits, SoManyCallsOfAUserRunAtOnce) {
  const ManualClock clock;
  RateLimitOptions options;
  options.classes.at(static_cast<std::size_t>(RateClass::Upload)).atOnce = 2;
  RateLimits limits(clock, options);
  const Gate gate(AuthMode::Open, {}, &limits);
  const auto upload = Access::joined().limitedAs(RateClass::Upload);
  const auto ann = from("192.0.2.1", "ann");
  auto first = gate.enter(upload, ann);
  const auto second = gate.enter(upload, ann);
  EXPECT_EQ(waitOf([&] { gate.enter(upload, ann); }), 1);
  EXPECT_TRUE(gate.enter(upload, from("192.0.2.1", "bob")));
  EXPECT_FALSE(gate.enter(Access::joined(), ann)) << "not limited";
  first.reset();
  EXPECT_TRUE(gate.enter(upload, ann));
}

TEST(RateLimits, TheGateCountsBeforeItAsksTheStore) {
  const ManualClock clock;
  auto options = limited(RateClass::Message, {1, 1}, {1, 2});
  RateLimits limits(clock, options);
  int asked = 0;
  const Gate gate(
      AuthMode::Open, [&](const std::string&, const std::string&) { return ++asked > 0; }, &limits);
  const auto access = Access::joined().actingAs("senderId").participantOf("sessionId").limitedAs(RateClass::Message);
  const auto send = [&](Caller caller) {
    caller.socketId = "socket";
    return waitOf([&] { gate.check(access, caller, [](std::string_view) { return "x"; }); });
  };
  EXPECT_EQ(send(from("192.0.2.1", "x")), 0);
  EXPECT_EQ(send(from("192.0.2.1", "x")), 1) << "by the user";
  EXPECT_EQ(send(from("192.0.2.1", "x")), 1) << "by the address";
  EXPECT_EQ(send(from("192.0.2.2", "x")), 1) << "a user has several addresses";
  EXPECT_EQ(asked, 1);
}

}  // namespace parley::base
