// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/connection.h"

#include "base/log.h"
#include "storage/sqlite/functions.h"
#include "storage/sqlite/log_vfs.h"

#include <sqlite3.h>

#include <algorithm>
#include <limits>

namespace parley::storage::sqlite {

namespace {

/// What is small may be written to a full disk between failures.
constexpr std::chrono::seconds calm{60};

/// "UNIQUE constraint failed: index 'messages.bySeq'" or "UNIQUE constraint failed: messages.id".
std::string conflictDetail(std::string_view message) {
  const auto quote = message.find('\'');
  if (quote == std::string_view::npos) return "there is a document with this _id";
  auto name = message.substr(quote + 1);
  name = name.substr(0, name.find('\''));
  return "there is a document with the same values in the unique index " + std::string(name);
}

}  // namespace

Cursor::Cursor(Connection& connection, sqlite3_stmt* statement, Sql sql)
    : connection_(connection), statement_(statement), sql_(std::move(sql)) {
  try {
    bind();
  } catch (...) {
    sqlite3_clear_bindings(statement_);
    throw;
  }
}

Cursor::~Cursor() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

void Cursor::bind() {
  const auto bindOne = [this](int at, const Sql::Value& value) {
    if (const auto* text = std::get_if<std::string>(&value))
      return sqlite3_bind_text64(statement_, at, text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
    if (const auto* number = std::get_if<std::int64_t>(&value)) return sqlite3_bind_int64(statement_, at, *number);
    auto* update = const_cast<Update*>(std::get<std::shared_ptr<const Update>>(value).get());
    return sqlite3_bind_pointer(statement_, at, update, updatePointer, nullptr);
  };
  int at = 0;
  for (const auto& value : sql_.values())
    if (bindOne(++at, value) != SQLITE_OK) connection_.fail(sql_.text());
}

bool Cursor::next() {
  const int code = sqlite3_step(statement_);
  if (code != SQLITE_ROW && code != SQLITE_DONE) connection_.fail(sql_.text());
  if (connection_.mode_ == Connection::Mode::Read) connection_.noteSuccess();
  return code == SQLITE_ROW;
}

std::string_view Cursor::text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return text == nullptr ? std::string_view{}
                         : std::string_view(text, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
}

std::int64_t Cursor::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

bool Cursor::isNull(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

void Connection::CloseDatabase::operator()(sqlite3* database) const {
  sqlite3_close_v2(database);
}

void Connection::FinishStatement::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

Connection::Connection(const SqliteOptions& options, Mode mode)
    : mode_(mode),
      maxPrepared_(std::max<std::size_t>(options.maxCachedStatements, 1)),
      busyTimeout_(options.busyTimeout) {
  open(options);
  configure(options);
}

Connection::~Connection() {
  byText_.clear();
  recent_.clear();
}

void Connection::fail(std::string_view what) {
  const std::string message = sqlite3_errmsg(database_.get());
  const int extended = sqlite3_extended_errcode(database_.get());
  switch (extended & 0xff) {
    case SQLITE_CONSTRAINT: throw Error(ErrorCode::Conflict, conflictDetail(message));
    case SQLITE_MISMATCH: throw Error(ErrorCode::ValidationFailed, message);
    case SQLITE_TOOBIG: throw Error(ErrorCode::PayloadTooLarge, "the document is too large");
    case SQLITE_ERROR:
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
      base::log("storage").error("sqlite: {} ({}) in: {}", message, extended, what);
      throw Error(ErrorCode::Internal, "the database did not take a statement");
    default:
      if (const auto failures = trouble_.failed(std::chrono::steady_clock::now()))
        base::log("storage").error("sqlite: {} ({}); failures: {}", message, extended, *failures);
      throw Error(ErrorCode::Unavailable, "the database cannot be used right now");
  }
}

void Connection::noteSuccess() {
  if (!trouble_.goesOn()) return;
  if (const auto failures = trouble_.ended(std::chrono::steady_clock::now(), calm))
    base::log("storage").info("sqlite: works again after {} failures, none for {} s", *failures, calm.count());
}

void Connection::open(const SqliteOptions& options) {
  // Nobody asks SQLite how much memory it has: counting that takes a lock at each allocation of each connection.
  static const int uncounted = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  if (uncounted != SQLITE_OK) base::log("storage").debug("sqlite: {}", sqlite3_errstr(uncounted));
  sqlite3* database = nullptr;
  const int flags = (mode_ == Mode::Write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY) |
                    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const auto* vfs = mode_ == Mode::Write ? gatheringVfs() : nullptr;
  const int code = sqlite3_open_v2(options.path.c_str(), &database, flags, vfs);
  database_.reset(database);
  if (code == SQLITE_OK) return;
  const std::string reason = database == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(database);
  throw Error(ErrorCode::Unavailable, "cannot open the database " + options.path + ": " + reason);
}

void Connection::configure(const SqliteOptions& options) {
  sqlite3_busy_timeout(database_.get(), static_cast<int>(busyTimeout_.count()));
  // The margin is for the row around the document; SQLite counts the larger of both.
  constexpr std::size_t margin = 4096;
  const auto limit = std::min<std::size_t>(options.maxDocumentBytes, std::numeric_limits<int>::max() - margin) + margin;
  sqlite3_limit(database_.get(), SQLITE_LIMIT_LENGTH, static_cast<int>(limit));
  sqlite3_db_config(database_.get(), SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  if (!addFunctions(database_.get())) fail("functions");
  if (mode_ == Mode::Write) {
    sqlite3_wal_hook(database_.get(), &Connection::onCommit, this);
    forgetAtRollback(database_.get());
  }
  try {
    if (mode_ == Mode::Write) run("PRAGMA synchronous=FULL");  // which the log's VFS counts on
    const auto cacheBytes = options.cacheBytes / (options.readers + 1);
    run("PRAGMA cache_size=-" + std::to_string(cacheBytes / 1024));
    // Beyond this a log that has grown gives its space back when it begins anew.
    run("PRAGMA journal_size_limit=" + std::to_string(options.checkpointBytes * 2));
    if (options.maxFileBytes > 0) run("PRAGMA max_page_count=" + std::to_string(options.maxFileBytes / pageBytes));
  } catch (const Error&) {  // the first to read the file
    throw Error(ErrorCode::Unavailable, options.path + " is not an SQLite database, or cannot be read");
  }
}

Cursor Connection::query(Sql sql) {
  auto* statement = prepared(sql.text());
  return {*this, statement, std::move(sql)};
}

std::int64_t Connection::execute(Sql sql) {
  auto cursor = query(std::move(sql));
  while (cursor.next()) {
  }
  return sqlite3_changes64(database_.get());
}

void Connection::run(const std::string& text) {
  if (sqlite3_exec(database_.get(), text.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail(text);
}

bool Connection::hasMoved() const {
  int moved = 0;
  sqlite3_file_control(database_.get(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  return moved != 0;
}

bool Connection::inTransaction() const {
  return sqlite3_get_autocommit(database_.get()) == 0;
}

sqlite3_stmt* Connection::prepared(const std::string& text) {
  if (const auto found = byText_.find(text); found != byText_.end()) {
    recent_.splice(recent_.begin(), recent_, found->second);
    return found->second->statement.get();
  }
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(database_.get(), text.c_str(), static_cast<int>(text.size()) + 1, SQLITE_PREPARE_PERSISTENT,
                         &statement, nullptr) != SQLITE_OK)
    fail(text);
  recent_.push_front({text, std::unique_ptr<sqlite3_stmt, FinishStatement>(statement)});
  byText_.emplace(recent_.front().text, recent_.begin());
  if (recent_.size() > maxPrepared_) {
    byText_.erase(recent_.back().text);
    recent_.pop_back();
  }
  return statement;
}

int Connection::moveLog() {
  int moved = 0;
  return checkpoint(SQLITE_CHECKPOINT_PASSIVE, moved) ? moved : 0;
}

bool Connection::restartLog(Millis wait) {
  int moved = 0;
  sqlite3_busy_timeout(database_.get(), static_cast<int>(wait.count()));
  const bool done = checkpoint(SQLITE_CHECKPOINT_TRUNCATE, moved);
  sqlite3_busy_timeout(database_.get(), static_cast<int>(busyTimeout_.count()));
  return done;
}

bool Connection::checkpoint(int mode, int& moved) {
  const int code = sqlite3_wal_checkpoint_v2(database_.get(), nullptr, mode, nullptr, &moved);
  if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY)
    base::log("storage").error("sqlite: checkpoint: {}", sqlite3_errmsg(database_.get()));
  return code == SQLITE_OK;
}

int Connection::onCommit(void* self, sqlite3*, const char*, int pages) {
  static_cast<Connection*>(self)->logPages_ = pages;
  return SQLITE_OK;
}

}  // namespace parley::storage::sqlite
