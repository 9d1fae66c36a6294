// SPDX-License-Identifier: Apache-2.0
#include "address_limit.h"

#include <parley/error.h>

#include <gtest/gtest.h>

namespace accounts {

namespace {

using namespace std::chrono_literals;

class HeldClock final : public parley::Clock {
 public:
  parley::Time now() const override { return parley::Time(passed); }
  parley::Instant steady() const override { return parley::Instant(passed); }
  parley::Millis passed{0};
};

struct Gate {
  explicit Gate(std::int64_t atOnce, std::size_t maxAddresses = 1000) : limit({atOnce, 10s, 1h, maxAddresses}, clock) {}

  /// 0 when it may go on, else the seconds to wait.
  int enter(const std::string& address) {
    try {
      limit.enter(address);
      return 0;
    } catch (const parley::Error& error) {
      EXPECT_EQ(error.code(), parley::ErrorCode::RateLimited);
      return error.retryAfter();
    }
  }

  HeldClock clock;
  AddressLimit limit;
};

}  // namespace

TEST(AddressLimit, LetsSomeThroughAtOnceAndThenOneAfterAnother) {
  Gate gate(3);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(gate.enter("192.0.2.1"), 0);
  EXPECT_EQ(gate.enter("192.0.2.1"), 10);
  EXPECT_EQ(gate.enter("192.0.2.2"), 0);
  gate.clock.passed += 4s;
  EXPECT_EQ(gate.enter("192.0.2.1"), 6);
  gate.clock.passed += 6s;
  EXPECT_EQ(gate.enter("192.0.2.1"), 0);
  EXPECT_EQ(gate.enter("192.0.2.1"), 10);
  gate.clock.passed += 1h;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(gate.enter("192.0.2.1"), 0);
  EXPECT_EQ(gate.enter("192.0.2.1"), 10);
}

TEST(AddressLimit, TakesBackWhatDidNotFail) {
  Gate gate(1);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(gate.enter("192.0.2.1"), 0);
    gate.limit.takeBack("192.0.2.1");
  }
  EXPECT_EQ(gate.enter("192.0.2.1"), 0);
  EXPECT_NE(gate.enter("192.0.2.1"), 0);
}

TEST(AddressLimit, RemembersWrongPasswordsLonger) {
  Gate gate(3);
  EXPECT_EQ(gate.enter("192.0.2.1"), 0);
  EXPECT_FALSE(gate.limit.wasWrong("192.0.2.1"));
  gate.limit.noteWrong("192.0.2.1");
  EXPECT_FALSE(gate.limit.wasWrong("192.0.2.2"));
  gate.clock.passed += 1h - 1s;
  EXPECT_TRUE(gate.limit.wasWrong("192.0.2.1"));
  gate.clock.passed += 1s;
  EXPECT_FALSE(gate.limit.wasWrong("192.0.2.1"));
}

TEST(AddressLimit, CountsNetworksOfIpv6) {
  Gate gate(1);
  EXPECT_EQ(gate.enter("2001:db8::1"), 0);
  EXPECT_NE(gate.enter("2001:db8::ffff:2"), 0);
  EXPECT_EQ(gate.enter("2001:db8:0:1::1"), 0);
  EXPECT_EQ(gate.enter("::ffff:192.0.2.1"), 0);
  EXPECT_EQ(gate.enter("::ffff:192.0.2.2"), 0) << "an address of IPv4 is one, however it is written";
}

TEST(AddressLimit, HasABound) {
  Gate gate(1, 100);
  for (int i = 0; i < 10'000; ++i) EXPECT_EQ(gate.enter("address " + std::to_string(i)), 0);
  Gate any(0);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(any.enter("192.0.2.1"), 0);
}

}  // namespace accounts
