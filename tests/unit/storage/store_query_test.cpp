// SPDX-License-Identifier: Apache-2.0
#include "storage/document_rules.h"
#include "store_suite.h"

#include <gmock/gmock.h>

namespace parley::storage {

namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class StoreQuery : public StoreSuite {
 protected:
  void SetUp() override {
    StoreSuite::SetUp();
    if (IsSkipped()) return;
    put({{"_id", "int0"}, {"v", 0}});
    put({{"_id", "int1"}, {"v", 1}});
    put({{"_id", "int5"}, {"v", 5}});
    put({{"_id", "real1"}, {"v", 1.0}});
    put({{"_id", "real25"}, {"v", 2.5}});
    put({{"_id", "text1"}, {"v", "1"}});
    put({{"_id", "texta"}, {"v", "a"}});
    put({{"_id", "textz"}, {"v", "~z"}});
    put({{"_id", "true"}, {"v", true}});
    put({{"_id", "false"}, {"v", false}});
    put({{"_id", "null"}, {"v", nullptr}});
    put({{"_id", "array"}, {"v", JsonArray{1, "a"}}});
    put({{"_id", "object"}, {"v", {{"a", 1}}}});
    put({{"_id", "objtext"}, {"v", "{\"a\":1}"}});
    put({{"_id", "none"}});
  }

  void expectIds(const Filter& filter, Ids expected) {
    EXPECT_THAT(ids(filter), testing::UnorderedElementsAreArray(expected));
    EXPECT_EQ(store->count("things", filter), static_cast<std::int64_t>(expected.size()));
    EXPECT_EQ(store->count("things", !filter), 15 - static_cast<std::int64_t>(expected.size()));
    EXPECT_EQ(store->count("things", !!filter), static_cast<std::int64_t>(expected.size()));
  }
};

TEST_P(StoreQuery, ComparesNumbersWithNumbersAlone) {
  expectIds(where("v") == 1, {"int1", "real1"});
  expectIds(where("v") == 1.0, {"int1", "real1"});
  expectIds(where("v") == 0, {"int0"});
  expectIds(where("v") == 2.5, {"real25"});
  expectIds(where("v") < 1, {"int0"});
  expectIds(where("v") <= 1, {"int0", "int1", "real1"});
  expectIds(where("v") > 1, {"int5", "real25"});
  expectIds(where("v") >= 1, {"int1", "real1", "int5", "real25"});
  expectIds(where("v") > -1, {"int0", "int1", "real1", "int5", "real25"});
  expectIds(where("v") < 100, {"int0", "int1", "real1", "int5", "real25"});
  expectIds(where("v") > 100, {});
}

TEST_P(StoreQuery, ComparesTextWithTextAlone) {
  expectIds(where("v") == "1", {"text1"});
  expectIds(where("v") == "a", {"texta"});
  expectIds(where("v") == "{\"a\":1}", {"objtext"});
  expectIds(where("v") == "[1,\"a\"]", {});
  expectIds(where("v") < "a", {"text1"});
  expectIds(where("v") <= "a", {"text1", "texta"});
  expectIds(where("v") > "1", {"texta", "textz", "objtext"});
  expectIds(where("v") >= "", {"text1", "texta", "textz", "objtext"});
  expectIds(where("v") < "", {});
  expectIds(where("v") < "~", {"text1", "texta", "objtext"});
  expectIds(where("v") < "é", {"text1", "texta", "textz", "objtext"});
  expectIds(where("v") >= "a" && where("v") <= "中", {"texta", "textz", "objtext"});
}

TEST_P(StoreQuery, ComparesBooleansWithBooleansAlone) {
  expectIds(where("v") == true, {"true"});
  expectIds(where("v") == false, {"false"});
  expectIds(where("v") < true, {"false"});
  expectIds(where("v") <= true, {"true", "false"});
  expectIds(where("v") > false, {"true"});
}

TEST_P(StoreQuery, TellsNullFromMissing) {
  expectIds(where("v") == nullptr, {"null"});
  expectIds(!where("v").exists(), {"none"});
  expectIds(where("v.a").exists(), {"object"});
  expectIds(where("v.a") == 1, {"object"});
  expectIds(where("none.at.all").exists(), {});
}

TEST_P(StoreQuery, TakesMissingFieldsAsNotEqual) {
  expectIds(where("v") != 1, {"int0", "int5", "real25", "text1", "texta", "textz", "true", "false", "null", "array",
                              "object", "objtext", "none"});
  EXPECT_EQ(store->count("things", where("absent") != "x"), 15);
  EXPECT_EQ(store->count("things", !(where("absent") == "x")), 15);
  EXPECT_EQ(store->count("things", where("absent") < 1), 0);
}

TEST_P(StoreQuery, FindsMembersOfAList) {
  expectIds(where("v").in({1}), {"int1", "real1"});
  expectIds(where("v").in({0, 2.5}), {"int0", "real25"});
  expectIds(where("v").in({"1", "a"}), {"text1", "texta"});
  expectIds(where("v").in({true}), {"true"});
  expectIds(where("v").in({"{\"a\":1}"}), {"objtext"});
  expectIds(where("v").in({1, "1", true, nullptr, "nothing"}), {"int1", "real1", "text1", "true", "null"});
  expectIds(where("v").in(JsonArray{}), {});
  expectIds(where("_id").in({"int0", "none", 7, "nobody"}), {"int0", "none"});
  expectIds(where("_id").in(JsonArray{}), {});
}

TEST_P(StoreQuery, CombinesConditions) {
  expectIds(where("v") > 0 && where("v") < 5, {"int1", "real1", "real25"});
  expectIds(where("v") >= -1 && where("v") <= 1, {"int0", "int1", "real1"});
  expectIds(where("v") >= "" && where("v") <= "a", {"text1", "texta"});
  expectIds(where("v") >= 0 && where("v") <= "~", {});
  expectIds(where("v") >= 0 && where("v") <= 1, {"int0", "int1", "real1"});
  expectIds(where("v") >= 1 && where("v") <= 1, {"int1", "real1"});
  expectIds(where("v") > 1 && where("v") <= 5, {"real25", "int5"});
  expectIds(where("v") >= -5 && where("v") < 0, {});
  expectIds(where("v") != 5 && where("v") <= 1, {"int0", "int1", "real1"});
  expectIds(where("v") >= 1 || where("v") <= 0, {"int0", "int1", "real1", "int5", "real25"});
  expectIds(where("v") == 0 || where("v") == "a", {"int0", "texta"});
  expectIds((where("v") == 0 || where("v") == 1) && where("_id") != "real1", {"int0", "int1"});
  expectIds(!(where("v") == 0 || where("v").exists()), {"none"});
  EXPECT_EQ(store->count("things", Filter()), 15);
  EXPECT_EQ(store->count("things", Filter() && where("v") == 5), 1);
  EXPECT_EQ(store->count("things", Filter(Filter::Op::And, std::vector<Filter>{})), 15);
  EXPECT_EQ(store->count("things", Filter(Filter::Op::Or, std::vector<Filter>{})), 0);
}

TEST_P(StoreQuery, GivesDocumentsAsTextToo) {
  const FindOptions options{.sort = {{"_id"}}, .limit = 5, .skip = 1};
  const auto filter = where("v").exists();
  std::vector<Document> read;
  store->forEachText("things", filter, options, [&read](std::string_view text) {
    read.push_back(boost::json::parse(text).as_object());
    return true;
  });
  EXPECT_EQ(read, store->find("things", filter, options));
  int calls = 0;
  store->forEachText("things", filter, options, [&calls](std::string_view) { return ++calls < 2; });
  EXPECT_EQ(calls, 2);
}

TEST_P(StoreQuery, TreatsTheIdAsText) {
  put({{"_id", "7"}});
  EXPECT_THAT(ids(where("_id") == "7"), ElementsAre("7"));
  EXPECT_THAT(ids(where("_id") == 7), IsEmpty());
  EXPECT_EQ(store->count("things", where("_id") != 7), 16);
  EXPECT_THAT(ids(where("_id") > "textz"), ElementsAre("true"));
  EXPECT_EQ(store->count("things", where("_id").exists()), 16);
  EXPECT_EQ(store->count("things", where("_id.x").exists()), 0);
}

TEST_P(StoreQuery, SortsSkipsAndLimits) {
  const auto numbers = where("v") >= 0;
  EXPECT_THAT(ids(numbers, {{{"v"}, {"_id"}}}), ElementsAre("int0", "int1", "real1", "real25", "int5"));
  EXPECT_THAT(ids(numbers, {{{"v", true}, {"_id"}}}), ElementsAre("int5", "real25", "int1", "real1", "int0"));
  EXPECT_THAT(ids(numbers, {{{"v"}, {"_id"}}, 2, 1}), ElementsAre("int1", "real1"));
  EXPECT_THAT(ids(numbers, {{{"v"}}, 0, 4}), ElementsAre("int5"));
  EXPECT_THAT(ids(numbers, {{}, 2}), ElementsAre("int0", "int1"));
  EXPECT_THAT(ids(where("v").in({"1", "a", "~z"}), {{{"v", true}}}), ElementsAre("textz", "texta", "text1"));
  EXPECT_EQ(codeOf([&] { ids(numbers, {{}, -1}); }), ErrorCode::ValidationFailed);
}

TEST_P(StoreQuery, StreamsUntilToldToStop) {
  int seen = 0;
  store->forEach("things", Filter(), {}, [&](Document&&) { return ++seen < 3; });
  EXPECT_EQ(seen, 3);
  EXPECT_THROW(store->forEach("things", Filter(), {}, [](Document&&) -> bool { throw std::runtime_error("enough"); }),
               std::runtime_error);
  // A read inside of a read, and the same statement again.
  store->forEach("things", Filter(), {{}, 2}, [&](Document&&) {
    return store->find("things", {}, {{}, 2}).size() == 2;
  });
  EXPECT_EQ(ids({}).size(), 15U);
}

TEST_P(StoreQuery, CountsGroups) {
  std::vector<std::pair<std::string, std::int64_t>> groups;
  for (const auto& [value, number] : store->groupCount("things", where("_id") != "object", "v"))
    groups.emplace_back(value.is_number() ? std::to_string(value.to_number<double>()) : boost::json::serialize(value),
                        number);
  EXPECT_THAT(groups, UnorderedElementsAre(std::pair("null", 2), std::pair("0.000000", 1), std::pair("1.000000", 2),
                                           std::pair("2.500000", 1), std::pair("5.000000", 1), std::pair("\"1\"", 1),
                                           std::pair("\"a\"", 1), std::pair("\"~z\"", 1), std::pair("true", 1),
                                           std::pair("false", 1), std::pair("[1,\"a\"]", 1),
                                           std::pair("\"{\\\"a\\\":1}\"", 1)));
}

TEST_P(StoreQuery, RefusesWhatCannotBeCompared) {
  const auto refused = [&](const Filter& filter) {
    return codeOf([&] { store->find("things", filter); }) == ErrorCode::ValidationFailed;
  };
  EXPECT_TRUE(refused(where("v") == JsonArray{1}));
  EXPECT_TRUE(refused(where("v") == JsonObject{{"$gt", ""}}));
  EXPECT_TRUE(refused(where("v") < nullptr));
  EXPECT_TRUE(refused(where("v").in({JsonArray{}})));
  EXPECT_TRUE(refused(Filter(Filter::Op::In, "v", "text")));
  EXPECT_TRUE(refused(Filter(Filter::Op::Not, std::vector<Filter>{})));
  EXPECT_TRUE(refused(where("v") < std::numeric_limits<double>::infinity()));
  Filter deep = where("v") == 1;
  for (int i = 0; i < 1000; ++i) deep = !deep;
  EXPECT_TRUE(refused(deep));
  Filter wide = where("v") == 1;
  for (int i = 0; i < 1000; ++i) wide = wide || where("v") == i;
  EXPECT_TRUE(refused(wide));
}

/// Right-nested, each level of two parts: what takes the most of a parser's stack.
Filter nested(std::size_t depth) {
  if (depth == 1) return where("v") < "1";
  const auto op = depth % 2 == 0 ? Filter::Op::And : Filter::Op::Or;
  return Filter(op, std::vector<Filter>{op == Filter::Op::And ? Filter() : where("v") == 5, nested(depth - 1)});
}

TEST_P(StoreQuery, TakesFiltersAsDeepAsTheyMayBe) {
  const auto deepest = nested(maxFilterDepth);
  EXPECT_EQ(ids(deepest), (Ids{"int5"}));
  EXPECT_EQ(store->count("things", deepest), 1);
  EXPECT_EQ(store->groupCount("things", deepest, "v").size(), 1U);
  EXPECT_TRUE(store->findAndUpdate("things", deepest, Update().set("seen", true)));
  EXPECT_EQ(store->update("things", deepest, Update().set("seen", true)), 1);
  EXPECT_EQ(store->remove("things", deepest), 1);
  EXPECT_EQ(codeOf([&] { store->find("things", nested(maxFilterDepth + 1)); }), ErrorCode::ValidationFailed);
}

TEST_P(StoreQuery, RefusesFieldNamesThatAreNone) {
  for (const std::string& path : Ids{"", ".", "a.", ".a", "a..b", "a b", "a'b", "a\"b", "v') OR 1=1 --", "$.v", "v[0]",
                                     "v;", "名", std::string("a\0b", 3), "*"}) {
    EXPECT_EQ(codeOf([&] { store->find("things", where(path) == 1); }), ErrorCode::ValidationFailed) << path;
    EXPECT_EQ(codeOf([&] { store->find("things", {}, {{{path}}}); }), ErrorCode::ValidationFailed) << path;
    EXPECT_EQ(codeOf([&] { store->groupCount("things", {}, path); }), ErrorCode::ValidationFailed) << path;
  }
  EXPECT_EQ(codeOf([&] { store->find("things", where(std::string(65, 'a')) == 1); }), ErrorCode::ValidationFailed);
  EXPECT_EQ(codeOf([&] { store->find("nothing", {}); }), ErrorCode::ValidationFailed);
  EXPECT_EQ(codeOf([&] { store->find("things\" --", {}); }), ErrorCode::ValidationFailed);
}

PARLEY_FOR_EACH_DRIVER(StoreQuery);

}  // namespace

}  // namespace parley::storage
