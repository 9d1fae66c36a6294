// SPDX-License-Identifier: Apache-2.0
// What is particular to the SQLite driver: its file, its limits, its plans.
#include "store_suite.h"
#include "temp_folder.h"

#include "storage/sqlite/connection.h"
#include "storage/sqlite/filter_sql.h"
#include "storage/sqlite/schema.h"
#include "storage/sqlite/statement_sql.h"

#include <gmock/gmock.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>

namespace parley::storage {

namespace {

using sqlite::Connection;
using sqlite::Sql;
using testing::HasSubstr;

class SqliteFile : public testing::Test {
 protected:
  SqliteFile() { options.sqlite.path = folder.file("test.db"); }

  std::string openFailure() {
    try {
      openStore(options);
    } catch (const Error& error) {
      return error.detail();
    }
    return "it opened";
  }

  void runSql(const std::string& sql) { Connection(options.sqlite, Connection::Mode::Write).run(sql); }

  TempFolder folder;
  StorageOptions options;
  const CollectionSpec things{"things", {}, {}, {}};
};

TEST_F(SqliteFile, KeepsWhatWasWritten) {
  {
    const auto store = openStore(options);
    store->define(things);
    store->insert("things", {{"_id", "a"}});
  }
  EXPECT_FALSE(std::filesystem::exists(options.sqlite.path + "-wal"));
  const auto store = openStore(options);
  EXPECT_EQ(codeOf([&] { store->count("things", {}); }), ErrorCode::ValidationFailed);
  store->define(things);
  EXPECT_EQ(store->count("things", {}), 1);
}

TEST_F(SqliteFile, RemembersTheTypesOfFieldsThatNobodyDefinesAnyMore) {
  openStore(options)->define({"things", {"friend"}, {"born"}, {{"byFriend", {{"friend"}}}}});
  const auto store = openStore(options);
  store->define(things);
  EXPECT_THAT(store->collections(), testing::Contains(CollectionSpec{"things", {"friend"}, {"born"}, {}}));
}

TEST_F(SqliteFile, IsForItsOwnerAlone) {
  const auto store = openStore(options);
  using std::filesystem::perms;
  for (const auto* ending : {"", "-wal", "-shm"})
    EXPECT_EQ(std::filesystem::status(options.sqlite.path + ending).permissions(),
              perms::owner_read | perms::owner_write);
}

TEST_F(SqliteFile, RefusesFilesThatAreNotOurs) {
  runSql("CREATE TABLE theirs (x)");
  EXPECT_THAT(openFailure(), HasSubstr("test.db is a database of another program"));
  std::ofstream(folder.file("text.db")) << std::string(10'000, 'x');
  options.sqlite.path = folder.file("text.db");
  EXPECT_THAT(openFailure(), HasSubstr("text.db is not an SQLite database"));
  options.sqlite.path = folder.file("nowhere/test.db");
  EXPECT_THAT(openFailure(), HasSubstr("No such file or directory"));
}

TEST_F(SqliteFile, RefusesALayoutThatIsNewer) {
  openStore(options).reset();
  runSql("PRAGMA user_version=2");
  EXPECT_THAT(openFailure(), HasSubstr("storage layout 2, made by a newer version"));
}

TEST_F(SqliteFile, NamesADriverThatThereIsNot) {
  options.driver = "files";
  EXPECT_THAT(openFailure(), HasSubstr("no storage driver \"files\""));
}

TEST_F(SqliteFile, RefusesCollectionsThatDifferInCaseAlone) {
  const auto store = openStore(options);
  store->define(things);
  EXPECT_EQ(codeOf([&] { store->define({"Things", {}, {}, {}}); }), ErrorCode::ValidationFailed);
}

TEST_F(SqliteFile, RefusesWritesBeyondTheQueueAndCompletesTheOthers) {
  options.sqlite.maxQueuedWrites = 4;
  std::promise<void> entered;
  std::promise<void> leave;
  std::atomic<int> done = 0;
  {
    const auto store = openStore(options);
    store->define(things);
    const auto submit = [&](const std::string& id, const std::function<void(Result<WriteSummary>)>& then) {
      store->submit({Write::insert("things", {{"_id", id}})}, then);
    };
    // Holds the thread that writes, so that the queue fills.
    submit("first", [&](const Result<WriteSummary>&) {
      entered.set_value();
      leave.get_future().wait();
    });
    entered.get_future().wait();
    for (const auto* id : {"a", "b", "c", "d"})
      submit(id, [&](const Result<WriteSummary>& result) { done += result.ok() ? 1 : 0; });
    bool refused = false;
    submit("e", [&](const Result<WriteSummary>& result) { refused = result.error().code() == ErrorCode::Unavailable; });
    EXPECT_TRUE(refused);
    EXPECT_EQ(codeOf([&] { store->insert("things", {{"_id", "f"}}); }), ErrorCode::Unavailable);
    EXPECT_FALSE(store->ping(Millis{1}));
    leave.set_value();
  }
  EXPECT_EQ(done, 4) << "the end of the store must finish what is queued";
}

TEST_F(SqliteFile, GoesOnAfterTheDiskWasFull) {
  options.sqlite.maxFileBytes = 400 * 1024;
  const auto store = openStore(options);
  store->define(things);
  int stored = 0;
  ErrorCode code = ErrorCode::Internal;
  for (int i = 0; i < 100; ++i) {
    try {
      store->insert("things", {{"_id", std::to_string(i)}, {"x", std::string(10'000, 'x')}});
      ++stored;
    } catch (const Error& error) {
      code = error.code();
      break;
    }
  }
  EXPECT_EQ(code, ErrorCode::Unavailable);
  EXPECT_GT(stored, 10);
  EXPECT_EQ(store->count("things", {}), stored);
  EXPECT_EQ(store->remove("things", where("_id").exists()), stored);
  store->insert("things", {{"_id", "again"}, {"x", std::string(10'000, 'x')}});
  EXPECT_EQ(store->count("things", {}), 1);
}

TEST_F(SqliteFile, WaitsForAReaderAndGivesUp) {
  options.sqlite.readers = 1;
  options.sqlite.readerWait = Millis{1};
  const auto store = openStore(options);
  store->define(things);
  store->insert("things", {{"_id", "a"}});
  store->forEach("things", {}, {}, [&](Document&&) {
    std::jthread([&] { EXPECT_EQ(codeOf([&] { store->count("things", {}); }), ErrorCode::Unavailable); });
    return true;
  });
  EXPECT_EQ(store->count("things", {}), 1);
}

TEST_F(SqliteFile, IsNotWellWithoutItsFile) {
  const auto store = openStore(options);
  EXPECT_TRUE(store->ping(Millis{60'000}));
  const auto elsewhere = folder.file("elsewhere.db");
  std::filesystem::rename(options.sqlite.path, elsewhere);
  EXPECT_FALSE(store->ping(Millis{60'000}));
  std::filesystem::rename(elsewhere, options.sqlite.path);
  EXPECT_TRUE(store->ping(Millis{60'000}));
}

TEST_F(SqliteFile, AReadWithinAReadWaitsForNoReader) {
  options.sqlite.readers = 1;
  const auto store = openStore(options);
  store->define(things);
  store->insert("things", {{"_id", "a"}});
  store->forEach("things", {}, {}, [&](Document&&) {
    store->insert("things", {{"_id", "b"}});
    EXPECT_EQ(store->count("things", {}), 2) << "what was written since the outer read began";
    return true;
  });
  EXPECT_EQ(store->figures().connectionsUsed, 0);
  EXPECT_EQ(store->count("things", {}), 2);
}

TEST_F(SqliteFile, ShortensTheLogWhenALongReadIsOver) {
  options.sqlite.checkpointBytes = 64 * 1024;
  const auto store = openStore(options);
  store->define(things);
  int next = 0;
  const auto write = [&](int count) {
    for (int i = 0; i < count; ++i)
      store->insert("things", {{"_id", std::to_string(next++)}, {"x", std::string(8'000, 'x')}});
  };
  const auto logSize = [&] { return std::filesystem::file_size(options.sqlite.path + "-wal"); };
  write(1);
  store->forEach("things", {}, {}, [&](Document&&) {
    write(200);
    return true;
  });
  EXPECT_GT(logSize(), 1'600'000U);
  write(60);
  EXPECT_LT(logSize(), 1'000'000U);
  write(600);
  EXPECT_LT(logSize(), 1'000'000U);
}

class SqlitePlan : public SqliteFile {
 protected:
  SqlitePlan() {
    sqlite::createFile(options.sqlite.path);
    connection = std::make_unique<Connection>(options.sqlite, Connection::Mode::Write);
    sqlite::defineCollection(*connection, {"messages",
                                           {},
                                           {},
                                           {{"bySession", {{"sessionId"}, {"seq"}}, true},
                                            {"bySender", {{"sender"}, {"createdAt", true}}},
                                            {"byClient", {{"sessionId"}, {"sender"}, {"clientId"}}, true, true},
                                            {"byKey", {{"key"}}, true, true},
                                            {"byNested", {{"a.b"}}}}});
  }

  std::string planOf(const Sql& sql) {
    Sql explain("EXPLAIN QUERY PLAN ");
    auto rows = connection->query(explain.add(sql));
    std::string plan;
    while (rows.next()) plan.append(rows.text(3)).append("\n");
    return plan;
  }

  std::string planOf(const Filter& filter, const FindOptions& find = {}) {
    return planOf(sqlite::selectSql("messages", filter, find));
  }

  std::unique_ptr<Connection> connection;
};

TEST_F(SqlitePlan, ReadsHistoryAlongItsIndex) {
  const auto session = where("sessionId") == "s";
  const auto expectAlong = [&](const Filter& filter, bool descending) {
    const auto plan = planOf(filter, {{{"seq", descending}}, 50});
    EXPECT_THAT(plan, HasSubstr("SEARCH messages USING INDEX messages.bySession (<expr>=?"));
    EXPECT_THAT(plan, testing::Not(HasSubstr("TEMP B-TREE")));
  };
  expectAlong(session, true);
  expectAlong(session && where("seq") > 10, false);
  expectAlong(session && where("seq") > 0, false);
  expectAlong(session && where("seq") < 10, true);
  EXPECT_THAT(planOf(session && where("seq") > 10, {{{"seq"}}, 50}), HasSubstr("<expr>=? AND <expr>>? AND <expr><?"));
  EXPECT_THAT(planOf(session && where("seq") < 10), HasSubstr("<expr>=? AND <expr><?"));
  EXPECT_THAT(planOf(session && where("seq") == 10), HasSubstr("<expr>=? AND <expr>=?"));
  EXPECT_THAT(planOf(where("sessionId").in({"s", "t"})), HasSubstr("USING INDEX messages.bySession (<expr>=?)"));
  // Of two ends on one side the index uses the first, which may leave it the whole session to read.
  const auto range = sqlite::filterSql(session && where("seq") >= 2 && where("seq") <= 9).text();
  EXPECT_THAT(range, testing::Not(HasSubstr("''")));
  // The index has answered it all, so that no document is looked into.
  EXPECT_THAT(range, testing::Not(HasSubstr("parley_type")));
}

TEST_F(SqlitePlan, UsesSparseIndexesForEqualities) {
  EXPECT_THAT(planOf(where("key") == "k"), HasSubstr("USING INDEX messages.byKey (<expr>=?)"));
  EXPECT_THAT(planOf(where("key").in({"k", "l"})), HasSubstr("USING INDEX messages.byKey (<expr>=?)"));
  EXPECT_THAT(planOf(where("key").in({1, 2})), HasSubstr("USING INDEX messages.byKey (<expr>=?)"));
  EXPECT_THAT(planOf(where("sessionId") == "s" && where("sender") == "u" && where("clientId") == "c"),
              HasSubstr("USING INDEX messages.byClient (<expr>=? AND <expr>=? AND <expr>=?)"));
}

TEST_F(SqlitePlan, UsesIndexesOfOtherShapes) {
  const auto plan = planOf(where("sender") == "u", {{{"createdAt", true}}, 10});
  EXPECT_THAT(plan, HasSubstr("USING INDEX messages.bySender (<expr>=?)"));
  EXPECT_THAT(plan, testing::Not(HasSubstr("TEMP B-TREE")));
  EXPECT_THAT(planOf(where("a.b") >= "x"), HasSubstr("USING INDEX messages.byNested (<expr>>?"));
  EXPECT_THAT(planOf(where("_id") == "x"), HasSubstr("(id=?)"));
  EXPECT_THAT(planOf(where("_id").in({"x", "y"})), HasSubstr("(id=?)"));
  EXPECT_THAT(planOf(Filter(), {{}, 10}), testing::Not(HasSubstr("TEMP B-TREE")));
}

TEST_F(SqlitePlan, ChangesRowsThroughIndexes) {
  const auto change = Update().set("status", "read").increment("n", 1);
  EXPECT_THAT(planOf(sqlite::updateReturningSql("messages", where("key") == "k", change)),
              HasSubstr("USING INDEX messages.byKey (<expr>=?)"));
  EXPECT_THAT(planOf(sqlite::updateRowsSql("messages", where("sessionId") == "s" && where("seq") <= 7, change,
                                           sqlite::Reach::Many)),
              HasSubstr("USING INDEX messages.bySession (<expr>=? AND <expr><?)"));
  EXPECT_THAT(planOf(sqlite::removeSql("messages", where("_id") == "x", sqlite::Reach::One)), HasSubstr("(id=?)"));
  EXPECT_THAT(planOf(sqlite::countSql("messages", where("sessionId") == "s")),
              HasSubstr("USING INDEX messages.bySession (<expr>=?)"));
}

TEST_F(SqlitePlan, PutsNoValueIntoTheText) {
  const auto sql =
      sqlite::updateRowsSql("messages",
                            (where("a") == "needle" && where("b") > 12345 && where("c").in({"needle"})) ||
                                where("d") == 0.12345 || where("_id") == "needle",
                            Update().set("e", "needle").increment("f", 12345).max("g", "needle"), sqlite::Reach::Many);
  EXPECT_THAT(sql.text(), testing::Not(HasSubstr("needle")));
  EXPECT_THAT(sql.text(), testing::Not(HasSubstr("12345")));
  EXPECT_EQ(static_cast<std::size_t>(std::count(sql.text().begin(), sql.text().end(), '?')), sql.values().size());
}

}  // namespace

}  // namespace parley::storage
