// SPDX-License-Identifier: Apache-2.0
#include "base/failure.h"
#include "base/id.h"

#include <gtest/gtest.h>

#include <set>

namespace parley::base {

TEST(Failure, HasTheFourMembersOfTheContract) {
  const auto object = failure(Error(ErrorCode::NotFound, "no session x"), "en");
  EXPECT_EQ(boost::json::serialize(object),
            R"({"success":false,"message":"Not found","error":"no session x","code":"NOT_FOUND"})");
  EXPECT_EQ(textOf(failure(Error(ErrorCode::NotFound, ""), "zh-CN"), "message"), "请求的内容不存在");
}

TEST(Failure, ChoosesTheLocaleByQuality) {
  EXPECT_EQ(chooseLocale(""), "zh-CN");
  EXPECT_EQ(chooseLocale("", "en"), "en");
  EXPECT_EQ(chooseLocale("en-GB, zh;q=0.5"), "en");
  EXPECT_EQ(chooseLocale("en;q=0.3, zh-TW;q=0.7", "en"), "zh-CN");
  EXPECT_EQ(chooseLocale("fr, de;q=0.9", "en"), "en");
  EXPECT_EQ(chooseLocale("EN"), "en");
  EXPECT_EQ(chooseLocale(";;q=,,,q=x"), "zh-CN");
}

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

TEST(Id, TokensAreBase64UrlOfTheirLength) {
  for (std::size_t bytes = 0; bytes < 40; ++bytes) {
    const auto token = randomToken(bytes);
    EXPECT_EQ(token.size(), (bytes * 4 + 2) / 3);
    EXPECT_EQ(token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
              std::string::npos);
  }
  EXPECT_NE(randomToken(16), randomToken(16));
}

}  // namespace parley::base
