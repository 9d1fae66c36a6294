// SPDX-License-Identifier: Apache-2.0
#include "storage/json_walk.h"

#include "storage/sqlite/connection.h"
#include "temp_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace parley::storage {

TEST(JsonWalk, GivesMembersAsTheyAreWritten) {
  JsonWalk walk(R"( {"a": "x \"y\\" , "b":[1,{"c":"]}"}],"c":{"d":{}}, "e":-1.5e3,"f":null} )");
  ASSERT_TRUE(walk.enter());
  std::vector<std::pair<std::string, std::string>> members;
  while (const auto name = walk.member()) members.emplace_back(*name, walk.value());
  EXPECT_THAT(members, testing::ElementsAre(testing::Pair("a", R"("x \"y\\")"), testing::Pair("b", R"([1,{"c":"]}"}])"),
                                            testing::Pair("c", R"({"d":{}})"), testing::Pair("e", "-1.5e3"),
                                            testing::Pair("f", "null")));
  EXPECT_FALSE(JsonWalk("[]").enter());
  EXPECT_FALSE(JsonWalk("").enter());
}

TEST(JsonWalk, GoesToMembersThatAreKnown) {
  const std::string document = R"({"a":1,"ab":"x","b":{"c":2},"d":3})";
  JsonWalk walk(document);
  walk.enter();
  EXPECT_FALSE(walk.member("ab"));
  EXPECT_TRUE(walk.member("a"));
  EXPECT_EQ(walk.value(), "1");
  EXPECT_FALSE(walk.member("a"));
  EXPECT_TRUE(walk.member("ab"));
  EXPECT_EQ(walk.value(), "\"x\"");
  EXPECT_EQ(walk.member(), "b");
  EXPECT_EQ(walk.value(), R"({"c":2})");
  EXPECT_TRUE(walk.member("d"));
  EXPECT_EQ(walk.value(), "3");
  EXPECT_FALSE(walk.member("d"));
  for (std::size_t size = 0; size < document.size(); ++size) {
    const auto piece = std::make_unique<std::string>(document.substr(0, size));
    JsonWalk part(*piece);
    part.enter();
    for (const auto* name : {"a", "ab", "b", "d", "e"})
      if (part.member(name)) part.value();
  }
}

TEST(JsonWalk, EndsWhereTheTextEnds) {
  const std::string document = R"({"x":[1,{"y":"z\\"}],"a":{"b":1.5}})";
  for (std::size_t size = 0; size < document.size(); ++size) {
    const auto piece = std::make_unique<std::string>(document.substr(0, size));
    jsonType(*piece, "a.b");
  }
  for (const std::string_view text :
       {"}", "{]", "{\"a\"}", "{\"a\":}", "{\"", "{\"a\":1 2}", ",", "\\\"", "{\"a\":\"\\"}) {
    JsonWalk walk(text);
    walk.enter();
    while (walk.member()) walk.value();
  }
}

TEST(JsonType, SaysWhatSqliteSays) {
  const TempFolder folder;
  SqliteOptions options;
  options.path = folder.file("test.db");
  sqlite::Connection connection(options, sqlite::Connection::Mode::Write);
  const auto expectSame = [&](const std::string& document, const std::string& path) {
    auto sql = sqlite::Sql("SELECT json_type(").bind(document).add(",").bind("$." + path).add(")");
    auto row = connection.query(std::move(sql));
    ASSERT_TRUE(row.next());
    EXPECT_EQ(jsonType(document, path), row.text(0)) << path << " of " << document;
  };
  for (const std::string value : {"null",
                                  "true",
                                  "false",
                                  "0",
                                  "-12",
                                  "1.5",
                                  "1e3",
                                  "2E-1",
                                  "12345678901234567890123",
                                  "\"\"",
                                  "\"text\"",
                                  R"("a \"quote\": {\"b\":1}, [")",
                                  R"("ends in \\")",
                                  R"("\\\\\" and on")",
                                  R"("\u0022b\u0022:")",
                                  "{}",
                                  "[]",
                                  R"({"b":1})",
                                  R"({"a":{"b":"}"},"b":[1,{"b":2}],"c":"x"})",
                                  R"([{"b":1},"]",[[]]])",
                                  R"("中文 😀")"}) {
    for (const std::string& document : {"{\"a\":" + value + "}", "{\"x\":" + value + ",\"a\":" + value + ",\"b\":1}",
                                        "{\"aa\":1,\"a\":{\"aa\":" + value + ",\"b\":" + value + "},\"c\":{}}",
                                        "{ \"x\" : [ " + value + " , 1 ] ,\n\t\"a\" : { \"b\" : " + value + " } }"})
      for (const auto* path : {"a", "b", "c", "x", "aa", "a.b", "a.a", "a.a.b", "a.b.b", "x.b", "c.b"})
        expectSame(document, path);
  }
  for (const auto* document : {"{}", "[]", "1", "\"a\"", "null", "[{\"a\":1}]"}) expectSame(document, "a");
}

}  // namespace parley::storage
