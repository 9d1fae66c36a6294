// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/episode.h"
#include "storage/open_store.h"
#include "storage/sqlite/sql.h"

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

struct sqlite3;
struct sqlite3_stmt;

namespace parley::storage::sqlite {

inline constexpr int pageBytes = 4096;  ///< SQLite's default

class Connection;

/// The rows of one statement that runs. Ends the statement when it goes; the connection must outlive it.
class Cursor {
 public:
  Cursor(Connection& connection, sqlite3_stmt* statement, Sql sql);
  ~Cursor();
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;

  /// Goes to the next row; false at the end. Throws Error.
  bool next();

  /// The columns of the row. Views are valid until the next call of next().
  std::string_view text(int column) const;
  std::int64_t integer(int column) const;
  bool isNull(int column) const;

 private:
  void bind();

  Connection& connection_;
  sqlite3_stmt* statement_;
  Sql sql_;  // the bound values, which SQLite reads in place
};

/// One connection with its prepared statements. For one thread at a time.
///
/// Errors are thrown as parley::Error: CONFLICT with the index, VALIDATION_FAILED for what an update cannot do,
/// PAYLOAD_TOO_LARGE, UNAVAILABLE for the state of the machine, INTERNAL for a mistake of ours; details go to the log,
/// those of the machine when it begins to fail, and now and then while it does.
class Connection {
 public:
  enum class Mode { Write, Read };

  Connection(const SqliteOptions& options, Mode mode);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Runs a statement through a prepared one. One cursor of the same text at a time.
  Cursor query(Sql sql);
  /// Runs a statement to its end; the rows it changed.
  std::int64_t execute(Sql sql);
  /// Runs fixed text that is not worth keeping prepared.
  void run(const std::string& text);

  /// Whether the database's file was removed, or has another name now: what is written then is lost with the process.
  bool hasMoved() const;
  /// False after SQLite has ended a transaction by itself (disk full, for example).
  bool inTransaction() const;

  /// Moves the log into the database as far as readers allow. The pages moved since the log began, each as often as it
  /// is in there; 0 when nothing could be moved.
  int moveLog();
  /// Moves all of the log, and waits for readers, at most the time given, so that it begins anew. False when they take
  /// longer.
  bool restartLog(Millis wait);
  /// After a commit, or a read: the machine may be well again, if it was not.
  void noteSuccess();
  /// Pages in the log after the last commit.
  int logPages() const { return logPages_; }

 private:
  friend class Cursor;
  struct CloseDatabase {
    void operator()(sqlite3* database) const;
  };
  struct FinishStatement {
    void operator()(sqlite3_stmt* statement) const;
  };
  struct Prepared {
    std::string text;
    std::unique_ptr<sqlite3_stmt, FinishStatement> statement;
  };

  /// Throws what the last call has met with.
  [[noreturn]] void fail(std::string_view what);
  void open(const SqliteOptions& options);
  void configure(const SqliteOptions& options);
  sqlite3_stmt* prepared(const std::string& text);
  bool checkpoint(int mode, int& moved);
  static int onCommit(void* self, sqlite3* database, const char* name, int pages);

  std::unique_ptr<sqlite3, CloseDatabase> database_;
  const Mode mode_;
  std::size_t maxPrepared_;
  Millis busyTimeout_;
  int logPages_ = 0;
  base::Episode trouble_;
  std::list<Prepared> recent_;  // most recently used first
  std::unordered_map<std::string_view, std::list<Prepared>::iterator> byText_;
};

}  // namespace parley::storage::sqlite
