// SPDX-License-Identifier: Apache-2.0
#include "base/json_text.h"

#include <gtest/gtest.h>

#include <string>

namespace parley::base {

TEST(JsonText, MendsLoneSurrogates) {
  EXPECT_EQ(parseJson(R"(["a\ud83d","\ude00b","\ud83d\ude00","\\ud83d"])", 32).value(),
            boost::json::parse("[\"a\xEF\xBF\xBD\",\"\xEF\xBF\xBD"
                               "b\",\"\xF0\x9F\x98\x80\",\"\\\\ud83d\"]"));
}

TEST(JsonText, SaysWhatIsWrong) {
  for (const auto* text : {"", "{", R"({"a":)", R"(["\ud83d")", "1 2", "NaN", "\"\xff\"", "\"\xed\xa0\x80\""}) {
    const auto read = parseJson(text, 32);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code(), ErrorCode::ValidationFailed);
    EXPECT_FALSE(read.error().detail().empty());
  }
  EXPECT_EQ(parseJson("[1e999]", 32).error().detail(), "a number is too large");
}

TEST(JsonText, IsAsDeepAsIsAllowed) {
  EXPECT_TRUE(parseJson("[[[]]]", 3));
  EXPECT_FALSE(parseJson("[[[]]]", 2));
}

}  // namespace parley::base
