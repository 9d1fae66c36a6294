// SPDX-License-Identifier: Apache-2.0
// Bytes become a filter and an update; whatever they hold, the SQL made from them is accepted by SQLite and has no
// value of theirs in its text.
#include "storage/sqlite/functions.h"
#include "storage/sqlite/statement_sql.h"

#include <sqlite3.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace parley::storage::sqlite {

namespace {

/// Takes decisions from the input, zeros at its end.
class Source {
 public:
  Source(const std::uint8_t* data, std::size_t size) : left_(reinterpret_cast<const char*>(data), size) {}

  unsigned byte() {
    if (left_.empty()) return 0;
    const auto value = static_cast<unsigned char>(left_.front());
    left_.remove_prefix(1);
    return value;
  }

  std::string text() {
    const auto taken = left_.substr(0, byte() % 24);
    left_.remove_prefix(std::min(taken.size(), left_.size()));
    return std::string(taken);
  }

  /// Half of them well-formed, so that the compiler's depths are reached.
  std::string path() {
    static constexpr const char* good[] = {"_id", "a", "b", "a.b", "c.d.e", "seq", "_id.x", "9"};
    const auto choice = byte();
    return choice % 2 == 0 ? good[choice / 2 % std::size(good)] : text();
  }

  /// Text values are marked with what no path can hold, so that they can be told in the SQL.
  Json value(int depth = 0) {
    switch (byte() % (depth > 3 ? 6 : 8)) {
      case 0: return nullptr;
      case 1: return byte() % 2 == 0;
      case 2: return static_cast<std::int64_t>(byte()) - 3;
      case 3: return static_cast<double>(byte()) / (byte() % 3);
      case 4: return Json("need!e" + text());
      case 5: return std::uint64_t{18446744073709551615U};
      case 6: return list(depth);
      default: return JsonObject{{text(), value(depth + 1)}};
    }
  }

  JsonArray list(int depth) {
    JsonArray items;
    for (auto n = byte() % 5; n > 0; --n) items.push_back(value(depth + 1));
    return items;
  }

  Filter filter(int depth = 0) {
    const auto op = static_cast<Filter::Op>(byte() % 12);
    if (op == Filter::Op::And || op == Filter::Op::Or || op == Filter::Op::Not) {
      std::vector<Filter> parts;
      for (auto n = byte() % 4; n > 0 && depth < 64; --n) parts.push_back(filter(depth + 1));
      return {op, std::move(parts)};
    }
    if (op == Filter::Op::In && byte() % 4 != 0) return {op, path(), list(2)};
    return {op, path(), value()};
  }

  Update update() {
    Update update;
    for (auto n = byte() % 8; n > 0; --n) {
      switch (byte() % 5) {
        case 0: update.set(path(), value()); break;
        case 1: update.setOnInsert(path(), value()); break;
        case 2: update.unset(path()); break;
        case 3: update.increment(path(), byte()); break;
        default: update.max(path(), value());
      }
    }
    return update;
  }

 private:
  std::string_view left_;
};

[[noreturn]] void fail(const char* what, std::string_view sql) {
  std::fprintf(stderr, "%s: %.*s\n", what, static_cast<int>(sql.size()), sql.data());
  std::abort();
}

/// One database with the collection and a document to run against.
class Database {
 public:
  Database() {
    sqlite3_open(":memory:", &database_);
    addFunctions(database_);
    run(createTableSql("things"));
    run(R"(INSERT INTO things VALUES ('x', '{"_id":"x","a":{"b":1},"b":"need!e","seq":2,"9":[1]}'))");
  }
  ~Database() { sqlite3_close(database_); }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  void check(const Sql& sql) {
    if (sql.text().find("need!e") != std::string::npos) fail("a value is in the text", sql.text());
    sqlite3_stmt* statement = nullptr;
    const char* rest = nullptr;
    if (sqlite3_prepare_v2(database_, sql.text().c_str(), -1, &statement, &rest) != SQLITE_OK)
      fail(sqlite3_errmsg(database_), sql.text());
    if (rest != nullptr && *rest != '\0') fail("more than one statement", sql.text());
    if (sqlite3_bind_parameter_count(statement) != static_cast<int>(sql.values().size()))
      fail("values and question marks differ in number", sql.text());
    runOnce(statement, sql);
    sqlite3_finalize(statement);
  }

 private:
  void run(const std::string& sql) {
    if (sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
      fail(sqlite3_errmsg(database_), sql);
  }

  /// Inside a transaction that is undone. It may refuse the change (MISMATCH) or the conflict, nothing else.
  void runOnce(sqlite3_stmt* statement, const Sql& sql) {
    run("BEGIN");
    for (int at = 0; const auto& value : sql.values()) {
      ++at;
      if (const auto* text = std::get_if<std::string>(&value))
        sqlite3_bind_text64(statement, at, text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
      else if (const auto* number = std::get_if<std::int64_t>(&value))
        sqlite3_bind_int64(statement, at, *number);
      else
        sqlite3_bind_pointer(statement, at, const_cast<Update*>(std::get<std::shared_ptr<const Update>>(value).get()),
                             updatePointer, nullptr);
    }
    int code = SQLITE_ROW;
    while (code == SQLITE_ROW) code = sqlite3_step(statement);
    if (code != SQLITE_DONE && code != SQLITE_MISMATCH) fail(sqlite3_errmsg(database_), sql.text());
    sqlite3_reset(statement);
    run("ROLLBACK");
  }

  sqlite3* database_ = nullptr;
};

template <typename Compile>
void tryIt(Database& database, const Compile& compile) {
  try {
    database.check(compile());
  } catch (const Error& error) {
    if (error.code() != ErrorCode::ValidationFailed) fail("an unexpected refusal", error.detail());
  }
}

void testOne(const std::uint8_t* data, std::size_t size) {
  static Database database;
  Source source(data, size);
  const auto filter = source.filter();
  const auto update = source.update();
  const FindOptions options{{{source.path(), source.byte() % 2 == 0}}, source.byte() % 3, source.byte() % 3};
  const auto field = source.path();
  tryIt(database, [&] { return selectSql("things", filter, options); });
  tryIt(database, [&] { return countSql("things", filter); });
  tryIt(database, [&] { return groupCountSql("things", filter, field); });
  tryIt(database, [&] { return updateRowsSql("things", filter, update, Reach::Many); });
  tryIt(database, [&] { return updateReturningSql("things", {}, update); });
  tryIt(database, [&] { return removeSql("things", filter, Reach::One); });
}

}  // namespace

}  // namespace parley::storage::sqlite

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  parley::storage::sqlite::testOne(data, size);
  return 0;
}
