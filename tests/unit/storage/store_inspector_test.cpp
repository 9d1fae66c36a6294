// SPDX-License-Identifier: Apache-2.0
#include "storage/store_inspector.h"

#include "mongodb_factory.h"
#include "storage/mongodb/query_plan.h"
#include "storage/observed_store.h"
#include "temp_folder.h"

#include <gmock/gmock.h>

#include <future>

namespace parley::storage {

namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using State = IndexFinding::State;
using Kind = Query::Kind;

const CollectionSpec asItWas{"things", {}, {}, {{"byKind", {{"kind"}}}, {"byOld", {{"old"}}}, {"byKey", {{"key"}}}}};
const CollectionSpec asItIs{
    "things", {}, {}, {{"byKind", {{"kind"}}}, {"byKey", {{"key"}}, true}, {"byNumber", {{"n"}, {"kind", true}}}}};

/// The options of an empty store of each driver, and what must outlive it.
struct Place {
  TempFolder folder;
  std::unique_ptr<TestDatabase> database;
  StorageOptions options;
};

class StoreInspectorTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    place.options.driver = GetParam();
    place.options.sqlite.path = place.folder.file("inspected.db");
    if (place.options.driver == "sqlite") return;
    if (mongodbUri().empty()) GTEST_SKIP() << "there is no server: start this with tests/mongodb/run";
    place.database = std::make_unique<TestDatabase>();
    place.options.mongodb = place.database->options;
  }

  Place place;
};

INSTANTIATE_TEST_SUITE_P(Drivers, StoreInspectorTest, testing::Values("sqlite", "mongodb"),
                         [](const auto& driver) { return driver.param; });

TEST_P(StoreInspectorTest, ComparesIndexesAndChangesNothing) {
  openStore(place.options)->define(asItWas);
  const auto inspector = inspectStore(place.options);
  for (int i = 0; i < 2; ++i) {
    std::vector<std::pair<State, std::string>> found;
    for (const auto& finding : inspector->indexes(asItIs)) found.emplace_back(finding.state, finding.name);
    const auto other = place.options.driver == "sqlite" ? "things.byOld" : "byOld";
    EXPECT_THAT(found, ElementsAre(std::pair(State::Present, "byKind"), std::pair(State::Different, "byKey"),
                                   std::pair(State::Missing, "byNumber"), std::pair(State::Other, other)));
  }
  openStore(place.options)->define(asItIs);
  for (const auto& finding : inspector->indexes(asItIs))
    EXPECT_EQ(finding.state, finding.name.ends_with("byOld") ? State::Other : State::Present) << finding.name;
}

TEST_P(StoreInspectorTest, KnowsNoPlanWithoutCollection) {
  openStore(place.options);
  const auto inspector = inspectStore(place.options);
  EXPECT_EQ(inspector->indexes(asItIs).front().state, State::Missing);
  EXPECT_EQ(inspector->plan(asItIs, {Kind::Find, "things", where("kind") == 1, {}}).kind, QueryPlan::Kind::Unknown);
}

TEST_P(StoreInspectorTest, SaysWhyItCannotLook) {
  place.options.sqlite.path = place.folder.file("missing/file.db");
  place.options.mongodb.uri = "mongodb://127.0.0.1:1/";
  place.options.mongodb.serverSelection = Millis{50};
  EXPECT_EQ(codeOf([&] { inspectStore(place.options); }), ErrorCode::Unavailable);
}

TEST(SqlitePlans, TellIndexFromScan) {
  const TempFolder folder;
  StorageOptions options;
  options.sqlite.path = folder.file("plans.db");
  openStore(options)->define(asItIs);
  const auto inspector = inspectStore(options);
  const auto kindOf = [&](Kind kind, const Filter& filter, const FindOptions& find = {}) {
    return inspector->plan(asItIs, {kind, "things", filter, find}).kind;
  };
  for (const auto kind : {Kind::Find, Kind::Count, Kind::ChangeOne, Kind::ChangeMany}) {
    EXPECT_EQ(kindOf(kind, where("n") >= 3 && where("other") == 1), QueryPlan::Kind::Index);
    EXPECT_EQ(kindOf(kind, where("_id").in({"a", "b"})), QueryPlan::Kind::Index);
    EXPECT_EQ(kindOf(kind, where("kind") == "a" || where("key") == 2), QueryPlan::Kind::Index);
    EXPECT_EQ(kindOf(kind, where("other") == 1), QueryPlan::Kind::Scan);
  }
  EXPECT_EQ(kindOf(Kind::Find, {}), QueryPlan::Kind::Everything);
  EXPECT_EQ(kindOf(Kind::Count, {}), QueryPlan::Kind::Everything);
  EXPECT_EQ(kindOf(Kind::Find, where("other") == 1, {.sort = {{"n"}}, .limit = 1}), QueryPlan::Kind::Scan)
      << "along an index, but through all of it";
  EXPECT_THAT(inspector->plan(asItIs, {Kind::Find, "things", where("kind") == "a", {}}).text,
              HasSubstr("things.byKind"));
}

QueryPlan planIn(const char* json, bool everything = false) {
  mongodb::Reply answer;
  EXPECT_TRUE(bson_init_from_json(answer.fresh(), json, -1, nullptr));
  return mongodb::planOf(answer.get(), everything);
}

TEST(MongodbPlans, AreReadFromExplain) {
  const auto classic = planIn(R"({"queryPlanner": {"winningPlan": {"stage": "FETCH", "inputStage":
      {"stage": "IXSCAN", "indexName": "messages_by_seq"}},
      "rejectedPlans": [{"stage": "COLLSCAN"}]}, "command": {"find": "messages"}, "ok": 1})");
  EXPECT_EQ(classic.kind, QueryPlan::Kind::Index);
  EXPECT_EQ(classic.text, "FETCH < IXSCAN messages_by_seq");

  const auto slotBased = planIn(R"({"explainVersion": "2", "queryPlanner": {"winningPlan": {"queryPlan":
      {"stage": "COLLSCAN", "filter": {}}, "slotBasedPlan": {"slots": "", "stages": "[1] scan"}}}})");
  EXPECT_EQ(slotBased.kind, QueryPlan::Kind::Scan);
  EXPECT_EQ(slotBased.text, "COLLSCAN");

  const auto sharded = planIn(R"({"queryPlanner": {"winningPlan": {"stage": "SHARD_MERGE", "shards": [
      {"shardName": "a", "winningPlan": {"stage": "IXSCAN", "indexName": "by"}},
      {"shardName": "b", "winningPlan": {"stage": "COLLSCAN"}}]}}})");
  EXPECT_EQ(sharded.kind, QueryPlan::Kind::Scan);

  EXPECT_EQ(planIn(R"({"queryPlanner": {"winningPlan": {"stage": "IDHACK"}}})").kind, QueryPlan::Kind::Index);
  EXPECT_EQ(planIn(R"({"queryPlanner": {"winningPlan": {"stage": "EOF"}}})").kind, QueryPlan::Kind::Unknown);
  EXPECT_EQ(planIn(R"({"queryPlanner": {"winningPlan": {"stage": "COLLSCAN"}}})", true).kind,
            QueryPlan::Kind::Everything);
  EXPECT_EQ(planIn(R"({"queryPlanner": {"Plan": ["id=3 detail=SCAN messages"]}, "ok": 1})").kind,
            QueryPlan::Kind::Unknown);
}

TEST(QueryShape, LeavesValuesOut) {
  const auto filter = where("sessionId") == "s" && (where("seq") < 3 || !where("removedAt").exists());
  EXPECT_EQ(shapeOf({Kind::Find, "messages", filter, {.sort = {{"seq", true}, {"_id"}}, .limit = 3}}),
            "messages where sessionId = ? and (seq < ? or not (removedAt exists)), by seq descending, _id, limited");
  EXPECT_EQ(shapeOf({Kind::Count, "users", {}, {}}), "count users");
  EXPECT_EQ(shapeOf({Kind::ChangeOne, "users", where("_id").in({"a", "b", "c"}), {}}),
            "change one of users where _id in (?)");
}

TEST(ObservedStoreTest, TellsOfEveryQuery) {
  const TempFolder folder;
  StorageOptions options;
  options.sqlite.path = folder.file("observed.db");
  std::vector<std::string> seen;
  std::vector<std::string> defined;
  ObservedStore store(
      openStore(options),
      [&](const Query& query) {
        if (query.collection == "things") seen.push_back(shapeOf(query));
      },
      [&](const CollectionSpec& spec) { defined.push_back(spec.name); });
  store.define(asItIs);
  EXPECT_THAT(defined, testing::Contains("things"));
  store.insert("things", {{"_id", "a"}});
  store.find("things", where("n") > 1);
  store.findOne("things", where("n") > 1);
  store.groupCount("things", where("n") < 1, "kind");
  store.upsert("things", where("_id") == "b", Update().set("n", 1));
  store.update("things", where("n") == 1, Update().set("n", 2));
  store.remove("things", where("n") == 1);
  std::promise<void> done;
  store.submit(
      {Write::insert("things", {{"_id", "c"}}), Write::updateOne("things", where("key") == 1, Update().set("n", 1))},
      [&](const Result<WriteSummary>&) { done.set_value(); });
  done.get_future().wait();
  const auto later = Write::updateOne("things", where("_id") == "d", Update().set("n", 1));
  store.submitLater(later);
  store.submitWhenDue("things", "d", [&] { return later; });
  EXPECT_THAT(seen, ElementsAre("things where n > ?", "things where n > ?, limited", "count things where n < ?",
                                "change one of things where _id = ?", "change things where n = ?",
                                "change things where n = ?", "change one of things where key = ?",
                                "change one of things where _id = ?", "change one of things where _id = ?"));
}

}  // namespace

}  // namespace parley::storage
