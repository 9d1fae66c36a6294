// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/log_vfs.h"
#include "temp_folder.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>

namespace parley::storage::sqlite {

namespace {

/// One table, each row of it a page; what of a transaction the cache does not hold goes to the log before the commit.
class Database {
 public:
  explicit Database(const std::string& path, const char* vfs = gatheringVfs()) {
    EXPECT_EQ(sqlite3_open_v2(path.c_str(), &database_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, vfs), SQLITE_OK);
    if (vfs != nullptr) forgetAtRollback(database_);
    for (const auto* text :
         {"PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA wal_autocheckpoint=0", "PRAGMA cache_size=10",
          "CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, text TEXT)"})
      EXPECT_EQ(run(text), SQLITE_OK) << text;
  }
  ~Database() { sqlite3_close_v2(database_); }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  int run(const std::string& text) { return sqlite3_exec(database_, text.c_str(), nullptr, nullptr, nullptr); }
  int add(int from, int to) {
    int code = SQLITE_OK;
    for (int id = from; id < to && code == SQLITE_OK; ++id)
      code = run("INSERT INTO t VALUES (" + std::to_string(id) + ",'" + std::string(4000, 'a') + "')");
    return code;
  }
  /// The first value of the first row.
  std::string ask(const char* text) {
    std::string answer;
    sqlite3_exec(
        database_, text,
        [](void* into, int, char** values, char**) {
          *static_cast<std::string*>(into) = values[0];
          return 0;
        },
        &answer, nullptr);
    return answer;
  }
  sqlite3_file* log() {
    sqlite3_file* file = nullptr;
    sqlite3_file_control(database_, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file);
    return file;
  }
  std::string count() { return ask("SELECT count(*) FROM t WHERE length(text)=4000"); }

 private:
  sqlite3* database_ = nullptr;
};

/// Calls of write and its like that this process has made.
int writeCalls() {
  std::ifstream figures("/proc/self/io");
  for (std::string name, value; figures >> name >> value;)
    if (name == "syscw:") return std::stoi(value);
  return -1;
}

/// No file of this process grows beyond it.
class FileLimit {
 public:
  explicit FileLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, signal_);
  }
  FileLimit(const FileLimit&) = delete;
  FileLimit& operator=(const FileLimit&) = delete;

 private:
  rlimit before_{};
  void (*const signal_)(int) = std::signal(SIGXFSZ, SIG_IGN);
};

class LogVfs : public ::testing::Test {
 protected:
  const TempFolder folder_;
  const std::string path_ = folder_.file("t.db");
};

}  // namespace

TEST_F(LogVfs, WritesACommitInFewCalls) {
  Database database(path_);
  database.run("PRAGMA cache_size=1000");
  ASSERT_EQ(database.run("BEGIN"), SQLITE_OK);
  ASSERT_EQ(database.add(0, 100), SQLITE_OK);
  const auto before = writeCalls();
  if (before < 0) GTEST_SKIP() << "this system does not count calls";
  ASSERT_EQ(database.run("COMMIT"), SQLITE_OK);
  EXPECT_LE(writeCalls() - before, 10) << "of 100 pages";
}

TEST_F(LogVfs, OthersSeeACommitAtOnce) {
  Database writer(path_);
  Database reader(path_, nullptr);
  for (int id = 0; id < 50; ++id) {
    ASSERT_EQ(writer.add(id, id + 1), SQLITE_OK);
    ASSERT_EQ(reader.count(), std::to_string(id + 1));
  }
}

TEST_F(LogVfs, ATransactionLargerThanTheCacheReadsWhatItWrote) {
  Database writer(path_);
  Database reader(path_, nullptr);
  ASSERT_EQ(writer.run("BEGIN"), SQLITE_OK);
  ASSERT_EQ(writer.add(0, 200), SQLITE_OK);
  EXPECT_EQ(writer.count(), "200");
  EXPECT_EQ(reader.count(), "0");
  ASSERT_EQ(writer.run("SAVEPOINT half"), SQLITE_OK);
  ASSERT_EQ(writer.add(200, 400), SQLITE_OK);
  ASSERT_EQ(writer.run("ROLLBACK TO half"), SQLITE_OK);
  EXPECT_EQ(writer.count(), "200");
  ASSERT_EQ(writer.run("COMMIT"), SQLITE_OK);
  EXPECT_EQ(reader.count(), "200");
  EXPECT_EQ(reader.ask("PRAGMA integrity_check"), "ok");
  ASSERT_EQ(writer.run("PRAGMA wal_checkpoint(TRUNCATE)"), SQLITE_OK);
  ASSERT_EQ(writer.add(200, 201), SQLITE_OK);
  EXPECT_EQ(reader.count(), "201");
}

/// Each place at which the log may end: in a commit, before it, while the transaction reads what it has written.
TEST_F(LogVfs, WhatFindsNoRoomIsRefusedAndLeavesNoTrace) {
  Database writer(path_);
  Database reader(path_, nullptr);
  int kept = 0;
  int code = SQLITE_FULL;
  for (rlim_t room = 0; code != SQLITE_OK; room += 4096) {
    ASSERT_EQ(writer.run("PRAGMA wal_checkpoint(TRUNCATE)"), SQLITE_OK);
    {
      const FileLimit limit(room);
      code = writer.run("BEGIN");
      if (code == SQLITE_OK) code = writer.add(1000, 1060);
      if (code == SQLITE_OK) writer.run("UPDATE t SET text='b' WHERE id BETWEEN 1000 AND 1003");
      if (code == SQLITE_OK) code = writer.run("COMMIT");
    }
    if (code != SQLITE_OK) {
      writer.run("ROLLBACK");
      ASSERT_EQ(writer.add(kept, kept + 1), SQLITE_OK) << "after " << room;
      ++kept;
    }
    const auto expected = std::to_string(code == SQLITE_OK ? kept + 56 : kept);
    ASSERT_EQ(reader.count(), expected) << "after " << room;
    ASSERT_EQ(writer.count(), expected) << "after " << room;
    ASSERT_EQ(reader.ask("PRAGMA integrity_check"), "ok") << "after " << room;
  }
  EXPECT_GT(kept, 10);
}

/// Also when there is room again.
TEST_F(LogVfs, AfterALossATransactionCanOnlyBeGivenUp) {
  Database writer(path_);
  Database reader(path_, nullptr);
  ASSERT_EQ(writer.add(0, 1), SQLITE_OK);
  ASSERT_EQ(writer.run("BEGIN"), SQLITE_OK);
  ASSERT_EQ(writer.add(1000, 1030), SQLITE_OK);
  auto* log = writer.log();
  std::string head(24, ' ');
  const auto end = static_cast<sqlite3_int64>(std::filesystem::file_size(path_ + "-wal"));
  const auto readAt = [&](sqlite3_int64 at) { return log->pMethods->xRead(log, head.data(), 24, at); };
  const auto writeAt = [&](sqlite3_int64 at) { return log->pMethods->xWrite(log, head.data(), 24, at); };
  {
    const FileLimit limit(4096);
    EXPECT_EQ(readAt(0), SQLITE_OK) << "what was written before";
    EXPECT_EQ(readAt(end), SQLITE_IOERR_READ);
  }
  EXPECT_EQ(readAt(0), SQLITE_OK);
  EXPECT_EQ(readAt(end), SQLITE_IOERR_READ);
  EXPECT_EQ(writeAt(32), SQLITE_IOERR_WRITE) << "a page of before, written anew";
  EXPECT_EQ(writeAt(1'000'000), SQLITE_IOERR_WRITE);
  EXPECT_NE(writer.run("COMMIT"), SQLITE_OK);
  writer.run("ROLLBACK");
  EXPECT_EQ(reader.count(), "1");
  ASSERT_EQ(writer.add(1, 2), SQLITE_OK);
  EXPECT_EQ(reader.count(), "2");
  EXPECT_EQ(reader.ask("PRAGMA integrity_check"), "ok");
}

}  // namespace parley::storage::sqlite
