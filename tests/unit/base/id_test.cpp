// SPDX-License-Identifier: Apache-2.0
#include "base/id.h"

#include <gtest/gtest.h>

#include <mutex>
#include <set>
#include <string>
#include <thread>

namespace parley::base {

TEST(Id, ObjectIdsAreUniqueAndStartWithTheTime) {
  const Time time{std::chrono::seconds{0x65920080}};
  std::set<std::string> ids;
  for (int i = 0; i < 10000; ++i) ids.insert(newObjectId(time));
  EXPECT_EQ(ids.size(), 10000U);
  for (const auto& id : ids) {
    ASSERT_EQ(id.size(), 24U);
    ASSERT_EQ(id.substr(0, 8), "65920080");
    ASSERT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos);
  }
}

TEST(Id, AnObjectIdOfAnEarlierTime) {
  const Time time{std::chrono::seconds{0x65920080}};
  EXPECT_EQ(objectIdBefore(newObjectId(time), std::chrono::seconds{0}), "659200800000000000000000");
  EXPECT_EQ(objectIdBefore(newObjectId(time), std::chrono::seconds{0x81}), "6591ffff0000000000000000");
  EXPECT_EQ(objectIdBefore("000000100000000000000001", std::chrono::hours{1}), "000000000000000000000000");
  for (const auto* none : {"", "alice", "65920080", "x5920080aaaaaaaaaaaaaaaa"})
    EXPECT_EQ(objectIdBefore(none, std::chrono::hours{1}), "");
}

TEST(Id, TokensAreBase64UrlOfTheirLength) {
  for (std::size_t bytes = 0; bytes < 40; ++bytes) {
    const auto token = randomToken(bytes);
    EXPECT_EQ(token.size(), (bytes * 4 + 2) / 3);
    EXPECT_EQ(token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
              std::string::npos);
  }
}

TEST(Id, NoTokenComesTwice) {
  std::mutex mutex;
  std::set<std::string> tokens;
  const auto draw = [&] {
    for (int i = 0; i < 200; ++i) {
      const auto token = randomToken(i % 50 == 0 ? 1000 : 15);
      const std::lock_guard lock(mutex);
      EXPECT_TRUE(tokens.insert(token).second);
    }
  };
  std::thread other(draw);
  draw();
  other.join();
}

}  // namespace parley::base
