// SPDX-License-Identifier: Apache-2.0
#include "base/json_text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
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

TEST(JsonText, ReadsRealsAsTheNearestDoubles) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> degrees(-180, 180);
  for (int i = 0; i < 10'000; ++i) {
    const Json value = degrees(random);
    EXPECT_EQ(parseJson(boost::json::serialize(value), 1).value(), value);
  }
  EXPECT_EQ(parseJson("[-1.5E+3,1e-999,0.1]", 1).value(), Json(JsonArray{-1500.0, 0.0, 0.1}));
}

TEST(JsonText, ReadsWhatBoostReads) {
  for (const auto* text :
       {R"({"a":[1,-2,18446744073709551615,true,false,null,"x",{"a":{},"b":[]}],"":"\u4f60\n","a":2})", "[]", "7",
        "\"\""})
    EXPECT_EQ(parseJson(text, 32).value(), boost::json::parse(text)) << text;
}

TEST(JsonText, MendsWhatIsNoJson) {
  constexpr auto infinite = std::numeric_limits<double>::infinity();
  const JsonArray values{"NaN \" Infinity \\", std::nan(""), {{"-Infinity", -infinite}}, infinite, "\xff", -1.5};
  auto text = boost::json::serialize(values);
  EXPECT_TRUE(mendJson(text));
  EXPECT_EQ(text, "[\"NaN \\\" Infinity \\\\\",null,{\"-Infinity\":null},null,\"\uFFFD\",-1.5E0]");
  EXPECT_FALSE(mendJson(text));
}

TEST(JsonText, IsAsDeepAsIsAllowed) {
  EXPECT_TRUE(parseJson("[[[]]]", 3));
  EXPECT_FALSE(parseJson("[[[]]]", 2));
}

}  // namespace parley::base
