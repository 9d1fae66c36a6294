// SPDX-License-Identifier: Apache-2.0
#include "auth/token.h"

#include "signer.h"

#include <gtest/gtest.h>

namespace parley::auth {

namespace {

constexpr std::size_t limit = 8192;

bool reads(std::string_view header, std::string_view claims) {
  return readToken(test::unsignedToken(header, claims) + ".AAAA", limit).has_value();
}

}  // namespace

TEST(Token, IsReadAsItIs) {
  const auto text =
      test::unsignedToken(R"({"alg":"ES256","kid":"k1","typ":"at+JWT"})", R"({"sub":"ann","a":["b",{}]})");
  const auto whole = text + ".AQID";
  const auto token = readToken(whole, limit);
  ASSERT_TRUE(token);
  EXPECT_EQ(token->signedPart, text);
  EXPECT_EQ(token->signature, "\x01\x02\x03");
  EXPECT_EQ(token->algorithm, "ES256");
  EXPECT_EQ(token->kid, "k1");
  EXPECT_EQ(textOf(token->claims, "sub"), "ann");
}

TEST(Token, IsNothingElse) {
  const auto good = test::unsignedToken(R"({"alg":"HS256"})", "{}");
  for (const auto& text : {std::string(), std::string("."), std::string(".."), std::string("..."), good, good + ".",
                           good + ".AAAA.AAAA", good + ".AA=", good + ".AA AA", "." + good + ".AAAA", good + ".A"})
    EXPECT_FALSE(readToken(text, limit)) << text;
  EXPECT_TRUE(readToken(good + ".AAAA", limit));
  EXPECT_FALSE(readToken(good + ".AAAA", good.size() + 4)) << "longer than allowed";
}

TEST(Token, RefusesHeadersThatAreNotOurs) {
  EXPECT_TRUE(reads(R"({"alg":"HS256"})", "{}"));
  EXPECT_TRUE(reads(R"({"alg":"none"})", "{}")) << "which the verifier refuses";
  for (const auto* header :
       {"{}", "[]", "null", R"({"alg":null})", R"({"alg":["HS256"]})", R"({"alg":"HS256","crit":[]})",
        R"({"alg":"HS256","b64":false})", R"({"alg":"HS256","kid":1})", R"({"alg":"HS256","typ":"logout+jwt"})",
        R"({"alg":"HS256","typ":1})", R"({"alg":"HS256","alg":"none"})", R"({"alg":"none","\u0061lg":"HS256"})",
        R"({"alg":"HS256"} x)", R"({"alg":"HS256",})", "{\"alg\":\"HS256\",\"x\":\"\xff\"}"})
    EXPECT_FALSE(reads(header, "{}")) << header;
  EXPECT_TRUE(reads(R"({"alg":"HS256","kid":")" + std::string(256, 'k') + R"("})", "{}"));
  EXPECT_FALSE(reads(R"({"alg":"HS256","kid":")" + std::string(257, 'k') + R"("})", "{}"));
}

TEST(Token, RefusesClaimsThatCanBeReadInTwoWays) {
  const auto* header = R"({"alg":"HS256"})";
  EXPECT_TRUE(reads(header, R"({"a":{"x":1},"b":{"x":1},"c":":\":\\"})")) << "the same name in different objects";
  for (const auto* claims : {R"({"sub":"a","sub":"b"})", R"({"sub":"a","s\u0075b":"a"})", R"({"a":{"x":1,"x":1}})",
                             R"({"a":[{"x":1,"x":1}]})", "[]", "\"sub\"", "", "{}{}", "{\"sub\":\"\xc3\"}",
                             "{\"sub\":\"\xed\xa0\x80\"}", R"({"sub":"\ud800"})"})
    EXPECT_FALSE(reads(header, claims)) << claims;
  std::string deep;
  for (int i = 0; i < 20; ++i) deep += R"({"a":)";
  deep += "1" + std::string(20, '}');
  EXPECT_FALSE(reads(header, deep));
}

}  // namespace parley::auth
