// SPDX-License-Identifier: Apache-2.0
// What is particular to MongoDB: types that others see, documents of others, commands that are shared.
#include "mongodb_factory.h"
#include "storage/mongodb/index.h"

#include <gmock/gmock.h>

#include <future>

namespace parley::storage {

namespace {

using mongodb::Bson;
using mongodb::MongodbStore;

class MongodbDatabase : public testing::Test {
 protected:
  void SetUp() override {
    if (mongodbUri().empty()) GTEST_SKIP() << "there is no server: start this with tests/mongodb/run";
    database = std::make_unique<TestDatabase>();
    store = std::make_unique<MongodbStore>(database->options);
    store->define({"things", {"owner"}, {"at"}, {}});
    const mongodb::Uri uri(mongoc_uri_new(database->options.uri.c_str()));
    client.reset(mongoc_client_new_from_uri(uri.get()));
  }

  mongodb::Collection things() {
    return mongodb::Collection(
        mongoc_client_get_collection(client.get(), database->options.database.c_str(), "things"));
  }

  std::int64_t countByOthers(const Bson& filter) {
    return mongoc_collection_count_documents(things().get(), filter.get(), nullptr, nullptr, nullptr, nullptr);
  }

  Bson hasType(const char* field, const char* type) {
    Bson condition;
    condition.add("$type", type);
    Bson filter;
    filter.add(field, condition);
    return filter;
  }

  /// All ids, a page of two at a time.
  std::vector<std::string> readOn() {
    std::vector<std::string> ids;
    for (;;) {
      const auto filter = ids.empty() ? Filter() : where("_id") > ids.back();
      const auto page = store->find("things", filter, {{{"_id"}}, 2});
      if (page.empty()) return ids;
      for (const auto& document : page) ids.emplace_back(textOf(document, "_id"));
    }
  }

  std::unique_ptr<TestDatabase> database;
  std::unique_ptr<MongodbStore> store;
  std::unique_ptr<mongoc_client_t, mongodb::Destroy<mongoc_client_destroy>> client;
};

constexpr auto first = "65a000000000000000000001";
constexpr auto second = "65a000000000000000000002";
constexpr auto time = "2024-05-06T07:08:09.010Z";

TEST_F(MongodbDatabase, KeepsTheTypesOfIdsAndDates) {
  store->insert("things", {{"_id", first}, {"owner", second}, {"at", time}, {"note", second}});
  EXPECT_EQ(countByOthers(hasType("_id", "objectId")), 1);
  EXPECT_EQ(countByOthers(hasType("owner", "objectId")), 1);
  EXPECT_EQ(countByOthers(hasType("at", "date")), 1);
  EXPECT_EQ(countByOthers(hasType("note", "string")), 1);
  EXPECT_EQ(store->count("things", where("_id") == first && where("owner").in({second}) && where("at") == time), 1);
  EXPECT_EQ(store->count("things", where("at") > "2024-05-06T07:08:09.009Z" && where("owner") <= second), 1);
  EXPECT_EQ(store->count("things", where("at") > time), 0);

  store->update("things", where("_id") == first, Update().set("owner", "alice").max("at", "2025-01-01T00:00:00.000Z"));
  EXPECT_EQ(countByOthers(hasType("owner", "string")), 1);
  EXPECT_EQ(countByOthers(hasType("at", "date")), 1);
  const auto groups = store->groupCount("things", {}, "at");
  EXPECT_THAT(groups, testing::ElementsAre(testing::Pair(Json("2025-01-01T00:00:00.000Z"), 1)));
}

TEST_F(MongodbDatabase, ReadsOnThroughIdsOfBothForms) {
  for (const auto* id : {"zoe", first, "0", "alice", second, "65", "ffffffffffffffffffffffff"})
    store->insert("things", {{"_id", id}});
  EXPECT_THAT(readOn(), testing::ElementsAre("0", "65", "alice", "zoe", first, second, "ffffffffffffffffffffffff"));
  EXPECT_EQ(store->count("things", where("_id") > ""), 7);
  EXPECT_EQ(store->count("things", where("_id") <= first), 5);
  EXPECT_EQ(store->count("things", !(where("_id") >= "alice" && where("_id") < second)), 4);
}

TEST_F(MongodbDatabase, ChangesADocumentOfOthersAndLeavesTheRest) {
  Bson foreign;
  bson_append_utf8(foreign.get(), "_id", -1, "theirs", -1);
  bson_append_int32(foreign.get(), "n", -1, 2);
  bson_append_binary(foreign.get(), "bytes", -1, BSON_SUBTYPE_BINARY, reinterpret_cast<const std::uint8_t*>("abcd"), 4);
  ASSERT_TRUE(mongoc_collection_insert_one(things().get(), foreign.get(), nullptr, nullptr, nullptr));
  const auto changed = store->findAndUpdate("things", where("n") == 2, Update().increment("n", 40));
  EXPECT_EQ(changed.value(), (Document{{"_id", "theirs"}, {"n", 42}, {"bytes", "YWJjZA=="}}));
  EXPECT_EQ(countByOthers(hasType("bytes", "binData")), 1);
}

TEST_F(MongodbDatabase, MakesAChangedIndexBesideTheOldOne) {
  const auto defined = [&](std::vector<SortKey> fields, bool unique = false) {
    store->define({"things", {}, {}, {{"byKind", std::move(fields), unique}}});
    std::vector<std::string> found;
    for (const auto& index : mongodb::indexesOf(things().get(), "things"))
      if (index.name != "_id_") found.push_back(index.name + " " + index.text());
    return found;
  };
  using testing::ElementsAre;
  EXPECT_THAT(defined({{"kind"}}), ElementsAre(R"(byKind { "kind" : 1 })"));
  EXPECT_THAT(defined({{"kind"}, {"n"}}), ElementsAre(R"(byKind__2 { "kind" : 1, "n" : 1 })"));
  EXPECT_THAT(defined({{"kind"}, {"n"}}), ElementsAre(R"(byKind__2 { "kind" : 1, "n" : 1 })"));
  EXPECT_THAT(defined({{"kind"}}), ElementsAre(R"(byKind { "kind" : 1 })"));

  store->insertMany("things", {{{"_id", "a"}, {"n", 1}}, {{"_id", "b"}, {"n", 1}}});
  EXPECT_EQ(codeOf([&] { defined({{"n"}}, true); }), ErrorCode::Conflict);
  EXPECT_EQ(mongodb::indexesOf(things().get(), "things").size(), 2U) << "the old one stays when the new cannot be made";
}

TEST_F(MongodbDatabase, SendsWhatIsSubmittedTogether) {
  std::promise<void> entered;
  std::promise<void> leave;
  store->submit({Write::insert("things", {{"_id", "first"}})}, [&](const Result<WriteSummary>&) {
    entered.set_value();
    leave.get_future().wait();
  });
  entered.get_future().wait();
  const auto before = store->figures().writes.total();
  constexpr int count = 90;
  std::vector<std::future<std::int64_t>> answers;
  for (int i = 0; i < count; ++i) {
    const auto promise = std::make_shared<std::promise<std::int64_t>>();
    answers.push_back(promise->get_future());
    const auto id = std::to_string(i);
    std::vector<Write> writes{Write::insert("things", {{"_id", id}, {"n", i}}),
                              Write::insert("things", {{"_id", id + "b"}, {"n", i}})};
    store->submit(std::move(writes),
                  [promise](const Result<WriteSummary>& result) { promise->set_value(result.value().affected); });
  }
  leave.set_value();
  for (auto& answer : answers) EXPECT_EQ(answer.get(), 2);
  EXPECT_LE(store->figures().writes.total() - before, 4U);
  EXPECT_EQ(store->count("things", {}), 1 + 2 * count);
}

}  // namespace

}  // namespace parley::storage
