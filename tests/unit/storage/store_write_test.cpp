// SPDX-License-Identifier: Apache-2.0
#include "store_suite.h"

#include <gmock/gmock.h>

#include <future>
#include <limits>

namespace parley::storage {

namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string numbered(int i) {
  std::string name("f");
  return name += std::to_string(i);
}

class StoreWrite : public StoreSuite {
 protected:
  Result<WriteSummary> submitAndWait(std::vector<Write> writes) {
    const auto promise = std::make_shared<std::promise<Result<WriteSummary>>>();
    store->submit(std::move(writes), [promise](Result<WriteSummary> result) { promise->set_value(std::move(result)); });
    return promise->get_future().get();
  }

  bool changeIsRefused(const Update& update) {
    return codeOf([&] { store->update("things", where("_id") == "a", update); }) == ErrorCode::ValidationFailed;
  }
};

TEST_P(StoreWrite, InsertsAndRefusesASecondOfTheSameId) {
  put({{"_id", "a"}, {"n", 1}});
  try {
    put({{"_id", "a"}, {"n", 2}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::Conflict);
    EXPECT_THAT(error.detail(), HasSubstr("_id"));
  }
  EXPECT_EQ(get("a"), (Document{{"_id", "a"}, {"n", 1}}));
}

TEST_P(StoreWrite, InsertsManyUpToTheFirstThatFails) {
  store->insertMany("things", {});
  store->insertMany("things", {{{"_id", "a"}}, {{"_id", "b"}}});
  EXPECT_THAT(ids(Filter()), ElementsAre("a", "b"));
  EXPECT_EQ(codeOf([&] {
              store->insertMany("things", {{{"_id", "c"}}, {{"_id", "a"}}, {{"_id", "d"}}});
            }),
            ErrorCode::Conflict);
  EXPECT_EQ(codeOf([&] {
              store->insertMany("things", {{{"_id", "e"}}, {{"x", 1}}, {{"_id", "f"}}});
            }),
            ErrorCode::ValidationFailed);
  EXPECT_THAT(ids(Filter()), ElementsAre("a", "b", "c", "e"));
  EXPECT_EQ(codeOf([&] { store->insertMany("nothing", {{{"_id", "a"}}}); }), ErrorCode::ValidationFailed);
}

TEST_P(StoreWrite, RefusesDocumentsThatAreNone) {
  const auto refused = [&](Document document) {
    return codeOf([&] { put(std::move(document)); }) == ErrorCode::ValidationFailed;
  };
  EXPECT_TRUE(refused({}));
  EXPECT_TRUE(refused({{"_id", 7}}));
  EXPECT_TRUE(refused({{"_id", ""}}));
  EXPECT_TRUE(refused({{"_id", "a"}, {"x", std::numeric_limits<double>::quiet_NaN()}}));
  EXPECT_TRUE(refused({{"_id", "a"}, {"x", std::numeric_limits<std::uint64_t>::max()}}));
  EXPECT_TRUE(refused({{"_id", "a"}, {"x", "\xff"}}));
  EXPECT_TRUE(refused({{"_id", "a"}, {"x", "\xed\xa0\x80"}}));
  EXPECT_TRUE(refused({{"_id", "a"}, {"x", "\xe4\xbd"}}));
  EXPECT_TRUE(refused({{"_id", "a"}, {"x", JsonArray{std::string("a\0b", 3)}}}));
  EXPECT_TRUE(refused({{"_id", "a"}, {"\xc0\x80", 1}}));
  Json deep = 1;
  for (int i = 0; i < 100; ++i) deep = JsonArray{std::move(deep)};
  EXPECT_TRUE(refused({{"_id", "a"}, {"x", deep}}));
  EXPECT_EQ(codeOf([&] { store->insert("nothing", {{"_id", "a"}}); }), ErrorCode::ValidationFailed);
  EXPECT_EQ(store->count("things", {}), 0);
}

TEST_P(StoreWrite, KeepsEveryValueAsItIs) {
  Document document{{"_id", "a"},
                    {"text", "你好 😀 \"quoted\" 'single' \\ \n\t\x01 %s ? ; -- DROP TABLE things"},
                    {"", "empty name"},
                    {"a.b", "dotted"},
                    {"$set", "operator"},
                    {"名", "中文"},
                    {"small", 5e-324},
                    {"large", 1.7976931348623157e308},
                    {"third", 1.0 / 3},
                    {"tenth", 0.1},
                    {"whole", 3.0},
                    {"max", std::numeric_limits<std::int64_t>::max()},
                    {"min", std::numeric_limits<std::int64_t>::min()},
                    {"nested", {{"list", {1, "a", nullptr, true, JsonObject{}}}}},
                    {"longitude", -172.43127776997827},
                    {"none", JsonArray{}}};
  if (nestsArrays()) document["inner"] = JsonArray{JsonArray{}, JsonArray{1, JsonArray{"a"}}};
  put(document);
  EXPECT_EQ(get("a"), document);
  // A change of one member leaves the others to the last bit.
  store->update("things", where("_id") == "a", Update().set("n", 2.0 / 3).set("new.inner", "你"));
  auto expected = document;
  expected["n"] = 2.0 / 3;
  expected["new"] = {{"inner", "你"}};
  EXPECT_EQ(get("a"), expected);
}

TEST_P(StoreWrite, FindsValuesByTheirLastBit) {
  const std::vector<Json> values{9007199254740991,
                                 9007199254740992,
                                 9007199254740993,
                                 -9007199254740993,
                                 std::numeric_limits<std::int64_t>::max(),
                                 std::numeric_limits<std::int64_t>::min(),
                                 0.1,
                                 0.30000000000000004,
                                 1.0 / 3,
                                 123456.789e-12,
                                 2.2250738585072014e-308,
                                 "it's",
                                 "\"",
                                 "' OR '1'='1",
                                 "a\\u0000b",
                                 "%",
                                 "é",
                                 "😀"};
  for (std::size_t i = 0; i < values.size(); ++i) put({{"_id", std::to_string(100 + i)}, {"x", values[i]}});
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_THAT(ids(where("x") == values[i]), ElementsAre(std::to_string(100 + i))) << values[i];
    EXPECT_THAT(ids(where("x").in({values[i]})), ElementsAre(std::to_string(100 + i))) << values[i];
  }
  EXPECT_EQ(store->count("things", where("x") > 9007199254740992 && where("x") < 1e18), 1);
  EXPECT_EQ(store->count("things", where("x") == std::string("é\0", 3)), 0);
  EXPECT_EQ(store->count("things", where("x").in({std::string("é\0", 3)})), 0);
}

TEST_P(StoreWrite, KeepsLargeDocumentsAndRefusesHugeOnes) {
  const std::string large(4 << 20, 'x');
  put({{"_id", "large"}, {"x", large}});
  EXPECT_EQ(textOf(get("large"), "x"), large);
  EXPECT_EQ(codeOf([&] { put({{"_id", "huge"}, {"x", std::string(20 << 20, 'x')}}); }), ErrorCode::PayloadTooLarge);
  if (!limitsGrowth()) return;
  EXPECT_EQ(
      codeOf([&] { store->update("things", where("_id") == "large", Update().set("y", std::string(14 << 20, 'y'))); }),
      ErrorCode::PayloadTooLarge);
  EXPECT_EQ(store->count("things", {}), 1);
}

TEST_P(StoreWrite, SetsUnsetsIncrementsAndTakesTheLarger) {
  put({{"_id", "a"}, {"n", 1}, {"r", 1.5}, {"t", "b"}, {"gone", 1}, {"o", {{"k", 1}, {"gone", 2}}}});
  const auto changed = store->findAndUpdate("things", where("_id") == "a",
                                            Update()
                                                .set("flag", true)
                                                .set("list", JsonArray{1, "x"})
                                                .set("nothing", nullptr)
                                                .set("o.k", "text")
                                                .set("deep.er.est", 1)
                                                .set("deep.er.other", 2)
                                                .setOnInsert("never", 1)
                                                .unset("gone")
                                                .unset("o.gone")
                                                .unset("absent")
                                                .increment("n", 41)
                                                .increment("r", 1)
                                                .increment("fresh", -3)
                                                .max("t", "c")
                                                .max("high", 7));
  const Document expected{{"_id", "a"},
                          {"n", 42},
                          {"r", 2.5},
                          {"t", "c"},
                          {"o", {{"k", "text"}}},
                          {"flag", true},
                          {"list", {1, "x"}},
                          {"nothing", nullptr},
                          {"deep", {{"er", {{"est", 1}, {"other", 2}}}}},
                          {"fresh", -3},
                          {"high", 7}};
  EXPECT_EQ(changed.value(), expected);
  EXPECT_EQ(get("a"), expected);
  EXPECT_FALSE(store->findAndUpdate("things", where("_id") == "b", Update().set("n", 1)));
  EXPECT_EQ(store->count("things", {}), 1);
}

TEST_P(StoreWrite, TakesTheLargerByTypeThenValue) {
  put({{"_id", "a"}, {"n", 5}, {"t", "m"}, {"z", nullptr}, {"b", false}, {"big", 9007199254740993}});
  const auto after = [&](const Update& update) { return *store->findAndUpdate("things", where("_id") == "a", update); };
  EXPECT_EQ(after(Update().max("n", 4)).at("n"), 5);
  EXPECT_EQ(after(Update().max("n", 5.5)).at("n"), 5.5);
  EXPECT_EQ(after(Update().max("n", 6)).at("n"), 6);
  EXPECT_EQ(after(Update().max("t", "a")).at("t"), "m");
  EXPECT_EQ(after(Update().max("t", 99)).at("t"), "m");
  EXPECT_EQ(after(Update().max("n", "text")).at("n"), "text");
  EXPECT_EQ(after(Update().max("z", -1)).at("z"), -1);
  EXPECT_EQ(after(Update().max("b", true)).at("b"), true);
  EXPECT_EQ(after(Update().max("big", 9007199254740992)).at("big"), 9007199254740993);
}

TEST_P(StoreWrite, RefusesChangesThatCannotBe) {
  put({{"_id", "a"},
       {"t", "text"},
       {"n", 1},
       {"list", JsonArray{1}},
       {"top", std::numeric_limits<std::int64_t>::max()}});
  const auto before = get("a");
  EXPECT_TRUE(changeIsRefused(Update()));
  EXPECT_TRUE(changeIsRefused(Update().set("_id", "b")));
  EXPECT_TRUE(changeIsRefused(Update().unset("_id")));
  EXPECT_TRUE(changeIsRefused(Update().set("x", 1).set("x", 2)));
  EXPECT_TRUE(changeIsRefused(Update().set("x.y", 1).unset("x")));
  EXPECT_TRUE(changeIsRefused(Update().set("x') --", 1)));
  EXPECT_TRUE(changeIsRefused(Update().set("$set", 1)));
  EXPECT_TRUE(changeIsRefused(Update().set("", 1)));
  EXPECT_TRUE(changeIsRefused(Update().set("x", "\xff")));
  EXPECT_TRUE(changeIsRefused(Update().max("x", JsonArray{})));
  EXPECT_TRUE(changeIsRefused(Update().increment("t", 1)));
  EXPECT_TRUE(changeIsRefused(Update().increment("top", 1)));
  EXPECT_TRUE(changeIsRefused(Update().set("t.x", 1)));
  EXPECT_TRUE(changeIsRefused(Update().set("n.x.y", 1)));
  EXPECT_TRUE(changeIsRefused(Update().set("ok", 1).set("list.x", 1)));
  EXPECT_EQ(get("a"), before);
}

TEST_P(StoreWrite, TakesManySteps) {
  put({{"_id", "a"}});
  Update update;
  Document expected{{"_id", "a"}};
  for (int i = 0; i < 200; ++i) {
    update.set(numbered(i), i);
    expected[numbered(i)] = i;
  }
  store->update("things", where("_id") == "a", update);
  EXPECT_EQ(get("a"), expected);
  Update away;
  for (int i = 0; i < 200; ++i) away.unset(numbered(i));
  store->update("things", where("_id") == "a", away);
  EXPECT_EQ(get("a"), (Document{{"_id", "a"}}));
}

TEST_P(StoreWrite, UpdatesAndRemovesAllThatMatch) {
  for (int i = 0; i < 6; ++i) put({{"_id", std::to_string(i)}, {"n", i}});
  EXPECT_EQ(store->update("things", where("n") >= 2, Update().set("kind", "high")), 4);
  EXPECT_THAT(ids(where("kind") == "high"), ElementsAre("2", "3", "4", "5"));
  EXPECT_EQ(store->update("things", where("n") == 99, Update().set("kind", "x")), 0);
  EXPECT_EQ(store->remove("things", where("kind") == "high" && where("n") > 3), 2);
  EXPECT_EQ(store->remove("things", where("n") == 99), 0);
  EXPECT_EQ(store->count("things", {}), 4);
  EXPECT_EQ(store->remove("things", {}), 4);
}

TEST_P(StoreWrite, ChangesTheDocumentOfAnIdIfItMeetsTheRest) {
  put({{"_id", "a"}, {"n", 1}});
  put({{"_id", "b"}, {"n", 2}});
  const auto below = [](const char* id, int n) { return where("_id") == id && !(where("n") >= n); };
  const auto addOne = Update().increment("n", 1);
  EXPECT_EQ(store->update("things", below("a", 1), addOne), 0);
  EXPECT_EQ(store->update("things", below("a", 2), addOne), 1);
  EXPECT_EQ(store->update("things", below("c", 2), addOne), 0);
  EXPECT_FALSE(store->findAndUpdate("things", below("a", 2), addOne));
  EXPECT_EQ(store->findAndUpdate("things", below("a", 3), addOne), (Document{{"_id", "a"}, {"n", 3}}));
  EXPECT_EQ(submitAndWait({Write::updateOne("things", below("a", 3), addOne),
                           Write::updateOne("things", below("a", 4), addOne),
                           Write::updateOne("things", below("a", 4), addOne),
                           {Write::Kind::RemoveOne, "things", {}, below("b", 2), {}}})
                .value()
                .affected,
            1);
  EXPECT_EQ(get("a"), (Document{{"_id", "a"}, {"n", 4}}));
  EXPECT_EQ(store->remove("things", below("b", 2)), 0);
  EXPECT_EQ(store->remove("things", below("b", 3)), 1);
  EXPECT_THAT(ids({}), ElementsAre("a"));
}

TEST_P(StoreWrite, UpsertsFromFilterAndUpdate) {
  const auto filter = where("kind") == "state" && where("owner.id") == "u1" && where("n") < 5;
  const auto update = Update().setOnInsert("made", true).set("last", 1).increment("n", 2).max("high", 3).unset("x");
  const auto made = store->upsert("things", filter, update);
  EXPECT_EQ(textOf(made, "_id").size(), 24U);
  Document expected{{"_id", made.at("_id")},
                    {"kind", "state"},
                    {"owner", {{"id", "u1"}}},
                    {"made", true},
                    {"last", 1},
                    {"n", 2},
                    {"high", 3}};
  EXPECT_EQ(made, expected);
  const auto changed = store->upsert("things", filter, update);
  expected["n"] = 4;
  EXPECT_EQ(changed, expected);
  EXPECT_EQ(store->count("things", {}), 1);
  EXPECT_EQ(textOf(store->upsert("things", where("_id") == "mine", Update().set("x", 1)), "_id"), "mine");
  EXPECT_EQ(textOf(store->upsert("things", where("key") == "k", Update().setOnInsert("_id", "own")), "_id"), "own");
  EXPECT_EQ(codeOf([&] { store->upsert("things", where("_id") == 5, Update().set("x", 1)); }),
            ErrorCode::ValidationFailed);
}

TEST_P(StoreWrite, NamesTheUniqueIndexThatConflicts) {
  put({{"_id", "a"}, {"key", "k"}});
  put({{"_id", "b"}});
  put({{"_id", "c"}});
  for (const auto& call : std::vector<std::function<void()>>{
           [&] {
             put({{"_id", "d"}, {"key", "k"}});
           },
           [&] { store->update("things", where("_id") == "b", Update().set("key", "k")); },
           [&] { store->upsert("things", where("_id") == "e", Update().set("key", "k")); }}) {
    try {
      call();
      ADD_FAILURE();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::Conflict);
      EXPECT_THAT(error.detail(), HasSubstr(namesIndexes() ? "byKey" : "unique index"));
    }
  }
  EXPECT_EQ(store->count("things", where("key") == "k"), 1);
  EXPECT_EQ(store->count("things", {}), 3);
  store->remove("things", where("_id") == "a");
  put({{"_id", "d"}, {"key", "k"}});
}

TEST_P(StoreWrite, SubmitsInOrder) {
  const auto result = submitAndWait({Write::insert("things", {{"_id", "a"}, {"n", 1}}),
                                     Write::updateOne("things", where("_id") == "a", Update().increment("n", 1)),
                                     Write::upsert("things", where("_id") == "b", Update().set("n", 9)),
                                     Write::upsert("things", where("_id") == "b", Update().increment("n", 1)),
                                     {Write::Kind::UpdateMany, "things", {}, {}, Update().set("all", true)},
                                     Write::insert("things", {{"_id", "c"}}),
                                     {Write::Kind::RemoveOne, "things", {}, where("_id") == "c", {}}});
  EXPECT_EQ(result.value().affected, 8);
  EXPECT_EQ(get("a"), (Document{{"_id", "a"}, {"n", 2}, {"all", true}}));
  EXPECT_EQ(get("b"), (Document{{"_id", "b"}, {"n", 10}, {"all", true}}));
  EXPECT_EQ(submitAndWait({{Write::Kind::RemoveMany, "things", {}, {}, {}}}).value().affected, 2);
  EXPECT_EQ(submitAndWait({}).value().affected, 0);
}

TEST_P(StoreWrite, StopsAtTheFirstFailureOfASubmission) {
  const auto write = [](const char* id, const char* key) {
    return Write::insert("things", {{"_id", id}, {"key", key}});
  };
  EXPECT_EQ(submitAndWait({write("a", "1"), write("b", "1"), write("c", "3")}).error().code(), ErrorCode::Conflict);
  EXPECT_THAT(ids({}), ElementsAre("a"));
  EXPECT_EQ(submitAndWait({write("d", "4"), Write::insert("things", {{"n", 1}}), write("e", "5")}).error().code(),
            ErrorCode::ValidationFailed);
  EXPECT_THAT(ids({}), ElementsAre("a", "d"));
  EXPECT_EQ(submitAndWait({write("f", "6"), Write::insert("nothing", {{"_id", "x"}})}).error().code(),
            ErrorCode::ValidationFailed);
  EXPECT_THAT(ids({}), ElementsAre("a", "d", "f"));
}

TEST_P(StoreWrite, SurvivesACompletionThatThrows) {
  std::promise<void> called;
  store->submit({Write::insert("things", {{"_id", "a"}})}, [&](const Result<WriteSummary>&) {
    called.set_value();
    throw std::runtime_error("a mistake in a completion");
  });
  called.get_future().wait();
  put({{"_id", "b"}});
  EXPECT_EQ(store->count("things", {}), 2);
}

TEST_P(StoreWrite, RefusesToWaitInsideACompletion) {
  std::promise<ErrorCode> code;
  store->submit({Write::insert("things", {{"_id", "a"}})}, [&](const Result<WriteSummary>&) {
    code.set_value(codeOf([&] { put({{"_id", "b"}}); }));
  });
  EXPECT_EQ(code.get_future().get(), ErrorCode::Internal);
}

TEST_P(StoreWrite, RefusesDefinitionsThatAreNone) {
  const auto refused = [&](const CollectionSpec& spec) {
    return codeOf([&] { store->define(spec); }) == ErrorCode::ValidationFailed;
  };
  EXPECT_TRUE(refused({"", {}, {}, {}}));
  EXPECT_TRUE(refused({"1st", {}, {}, {}}));
  EXPECT_TRUE(refused({"a.b", {}, {}, {}}));
  EXPECT_TRUE(refused({"a\" (x); --", {}, {}, {}}));
  EXPECT_TRUE(refused({"good", {}, {}, {{"bad name", {{"x"}}}}}));
  EXPECT_TRUE(refused({"good", {}, {}, {{"none", {}}}}));
  EXPECT_TRUE(refused({"good", {}, {}, {{"byX", {{"x') --"}}}}}));
  EXPECT_EQ(codeOf([&] { store->find("good", {}); }), ErrorCode::ValidationFailed);
}

TEST_P(StoreWrite, DefinesAgainAndChangesAnIndex) {
  put({{"_id", "a"}, {"group", 1}, {"n", 1}});
  put({{"_id", "b"}, {"group", 1}, {"n", 2}});
  store->define({"things", {}, {}, {{"byGroup", {{"group"}, {"n"}}, true}}});
  store->define({"things", {}, {}, {{"byGroup", {{"group"}, {"n"}}, true}}});
  EXPECT_EQ(codeOf([&] { put({{"_id", "c"}, {"group", 1}, {"n", 2}}); }), ErrorCode::Conflict);
  store->define({"things", {}, {}, {{"byGroup", {{"group"}, {"n"}}}}});
  put({{"_id", "c"}, {"group", 1}, {"n", 2}});
  EXPECT_EQ(codeOf([&] { store->define({"things", {}, {}, {{"byGroup", {{"group"}}, true}}}); }), ErrorCode::Conflict);
  EXPECT_EQ(store->count("things", where("group") == 1), 3);
}

PARLEY_FOR_EACH_DRIVER(StoreWrite);

}  // namespace

}  // namespace parley::storage
