// SPDX-License-Identifier: Apache-2.0
#include "query.h"

#include <gmock/gmock.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

namespace search {

namespace {

using Highlights = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

bool finds(std::string_view keyword, std::string_view content) {
  return Query(keyword).matches(foldText(std::string(content)));
}

Highlights highlights(std::string_view keyword, std::string_view content) {
  return Query(keyword).highlights(content);
}

TEST(Query, FindsPartsOfTextWithoutSpaces) {
  EXPECT_TRUE(finds("京", "我在北京工作"));
  EXPECT_TRUE(finds("北京", "我在北京工作"));
  EXPECT_TRUE(finds("在北京工", "我在北京工作"));
  EXPECT_FALSE(finds("京北", "我在北京工作"));
  EXPECT_TRUE(finds("にちは", "こんにちは世界"));
  EXPECT_TRUE(finds("プロ", "ﾌﾟﾛｸﾞﾗﾑ"));
  EXPECT_TRUE(finds("녕하", "안녕하세요"));
  EXPECT_TRUE(finds("𠮷", "𠮷野家"));
  EXPECT_TRUE(finds("ดี", "สวัสดีครับ"));
}

TEST(Query, FindsWordsByTheirBeginning) {
  EXPECT_TRUE(finds("hel", "Say HELLO"));
  EXPECT_TRUE(finds("Hello", "hello,world"));
  EXPECT_FALSE(finds("ello", "hello"));
  EXPECT_FALSE(finds("hello", "hell"));
  EXPECT_TRUE(finds("wor", "hello,world"));
  EXPECT_TRUE(finds("name", "user_name"));
  EXPECT_TRUE(finds("при", "Всем Привет"));
  EXPECT_TRUE(finds("καλ", "Καλημέρα"));
  EXPECT_TRUE(finds("iphone", "我的iPhone15"));
  EXPECT_FALSE(finds("15", "iPhone15"));
}

TEST(Query, WantsAllParts) {
  EXPECT_TRUE(finds("world hello", "hello, world"));
  EXPECT_TRUE(finds(" 北京\u3000下雨 ", "下雨的北京"));
  EXPECT_FALSE(finds("hello mars", "hello, world"));
}

TEST(Query, TakesSymbolsLiterally) {
  EXPECT_TRUE(finds("50%", "only 50% today"));
  EXPECT_FALSE(finds("50%", "only 500 today"));
  EXPECT_TRUE(finds("c++", "I write C++"));
  EXPECT_FALSE(finds("c++", "I write C"));
  EXPECT_TRUE(finds("*", "2 * 3"));
  EXPECT_FALSE(finds("*", "everything"));
  EXPECT_FALSE(finds("h*o", "hello"));
  EXPECT_FALSE(finds("\"hello world\"", "hello world"));
  EXPECT_TRUE(finds("\"hello", "he said \"hello\""));
  EXPECT_FALSE(finds("hel.", "hello"));
  EXPECT_FALSE(finds("$where", "where"));
  EXPECT_TRUE(finds("$where", "{ $where: 1 }"));
  EXPECT_TRUE(finds("foo-bar", "a foo-barn"));
  EXPECT_FALSE(finds("foo-bar", "foo bar"));
  EXPECT_TRUE(finds("👍", "好的👍"));
}

TEST(Query, HasNoPartsWithoutAnythingToFind) {
  for (const auto* keyword : {"", " ", "\u3000\t", "\u0301", "\u200B"}) EXPECT_TRUE(Query(keyword).parts().empty());
}

TEST(Query, HighlightsInCodePoints) {
  EXPECT_EQ(highlights("北京", "👍北京，北京"), (Highlights{{1, 2}, {4, 2}}));
  EXPECT_EQ(highlights("creme", "La Crème"), (Highlights{{3, 5}}));
  EXPECT_EQ(highlights("cre", "La Cre\u0300me"), (Highlights{{3, 4}}));
  EXPECT_EQ(highlights("strasse", "Hauptstrasse, Straße"), (Highlights{{14, 6}}));
  EXPECT_EQ(highlights("hello world", "world: hello hello"), (Highlights{{0, 5}, {7, 5}, {13, 5}}));
  EXPECT_EQ(highlights("天天 天天向上", "好好学习天天向上"), (Highlights{{4, 4}}));
  EXPECT_EQ(highlights("哈哈", "哈哈哈"), (Highlights{{0, 2}}));
}

/// What the index relies on: a text that matches has every term; where the query is exact, no other text has them.
TEST(Query, IsAnsweredByTerms) {
  const std::vector<std::string> texts{"我在北京工作",
                                       "京北",
                                       "hello world",
                                       "hell",
                                       "foo-bar",
                                       "foo bar",
                                       "iPhone15 50% off",
                                       "50 %",
                                       "こんにちは",
                                       "안녕하세요",
                                       "北京北",
                                       std::string(50, 'x'),
                                       std::string(31, 'x') + " y",
                                       "x"};
  const std::vector<std::string> keywords{"京",
                                          "北京",
                                          "北京工",
                                          "京北",
                                          "hel",
                                          "hello w",
                                          "foo-b",
                                          "50%",
                                          "%",
                                          "ちは",
                                          "하세요",
                                          "x",
                                          std::string(32, 'x'),
                                          std::string(40, 'x'),
                                          "北京北京"};
  for (const auto& keyword : keywords) {
    const Query query(keyword);
    for (const auto& text : texts) {
      std::set<std::string> terms;
      forEachTerm(fold(text).text, [&terms](const std::string& term) { terms.insert(term); });
      bool all = true;
      for (const auto& part : query.parts())
        for (const auto& term : part.terms) {
          const auto found = terms.lower_bound(term.text);
          all = all && found != terms.end() && (term.prefix ? found->starts_with(term.text) : *found == term.text);
        }
      const bool matches = query.matches(foldText(text));
      if (matches) {
        EXPECT_TRUE(all) << keyword << " in " << text;
      }
      if (query.exact()) {
        EXPECT_EQ(all, matches) << keyword << " in " << text;
      }
    }
  }
}

}  // namespace

}  // namespace search
