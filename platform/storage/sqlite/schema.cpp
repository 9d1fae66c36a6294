// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/schema.h"

#include "base/log.h"
#include "storage/document_rules.h"
#include "storage/sqlite/statement_sql.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace parley::storage::sqlite {

namespace {

constexpr std::int64_t applicationId = 1347570777;  // "PRLY"
constexpr auto setApplicationId = "PRAGMA application_id=1347570777";
constexpr std::int64_t layoutVersion = 1;
constexpr auto setLayoutVersion = "PRAGMA user_version=1";

std::int64_t numberOf(Connection& connection, std::string_view sql) {
  auto cursor = connection.query(Sql(sql));
  return cursor.next() ? cursor.integer(0) : 0;
}

/// The statement that made the table or index, or nothing.
std::string definitionOf(Connection& connection, std::string_view type, std::string name) {
  Sql sql("SELECT sql FROM sqlite_schema WHERE type=");
  sql.bind(std::string(type)).add(" AND name=").bind(std::move(name));
  auto cursor = connection.query(std::move(sql));
  return cursor.next() ? std::string(cursor.text(0)) : std::string();
}

/// SQLite takes names that differ in case alone for the same.
void checkSpelling(Connection& connection, const std::string& collection) {
  Sql sql("SELECT name FROM sqlite_schema WHERE type='table' AND name=");
  auto cursor = connection.query(sql.bind(collection).add(" COLLATE NOCASE"));
  if (cursor.next() && cursor.text(0) != collection)
    throw Error(ErrorCode::ValidationFailed, "there is a collection " + std::string(cursor.text(0)) + " already");
}

void claimNew(Connection& connection) {
  connection.run("BEGIN IMMEDIATE");
  connection.run(setApplicationId);
  connection.run(setLayoutVersion);
  connection.run("COMMIT");
}

}  // namespace

void createFile(const std::string& path) {
  const int file = ::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  if (file < 0) {
    const auto reason = std::generic_category().message(errno);
    throw Error(ErrorCode::Unavailable, "cannot open the database " + path + ": " + reason);
  }
  ::close(file);
}

bool checkOwnership(Connection& connection, const std::string& path) {
  const auto application = numberOf(connection, "PRAGMA application_id");
  const auto version = numberOf(connection, "PRAGMA user_version");
  const auto objects = numberOf(connection, "SELECT count(*) FROM sqlite_schema");
  const bool isNew = application == 0 && version == 0 && objects == 0;
  if (!isNew && application != applicationId)
    throw Error(ErrorCode::Unavailable, path + " is a database of another program");
  if (version > layoutVersion)
    throw Error(ErrorCode::Unavailable, path + " has storage layout " + std::to_string(version) +
                                            ", made by a newer version; this one knows up to " +
                                            std::to_string(layoutVersion));
  return isNew;
}

void claimDatabase(Connection& connection, const std::string& path) {
  const bool isNew = checkOwnership(connection, path);
  connection.run("PRAGMA journal_mode=WAL");
  if (isNew) claimNew(connection);
}

void rewriteLayoutVersion(Connection& connection) {
  connection.run(setLayoutVersion);
}

bool hasCollection(Connection& connection, const std::string& name) {
  return !definitionOf(connection, "table", name).empty();
}

std::map<std::string, std::string> indexDefinitions(Connection& connection, const std::string& collection) {
  Sql sql("SELECT name,sql FROM sqlite_schema WHERE type='index' AND sql IS NOT NULL AND tbl_name=");
  auto cursor = connection.query(sql.bind(collection));
  std::map<std::string, std::string> definitions;
  while (cursor.next()) definitions.emplace(cursor.text(0), cursor.text(1));
  return definitions;
}

void defineCollection(Connection& connection, const CollectionSpec& spec) {
  checkCollection(spec);
  checkSpelling(connection, spec.name);
  if (!hasCollection(connection, spec.name)) connection.run(createTableSql(spec.name));
  for (const auto& index : spec.indexes) {
    const auto wanted = createIndexSql(spec.name, index);
    const auto present = definitionOf(connection, "index", spec.name + "." + index.name);
    if (present == wanted) continue;
    if (!present.empty()) {
      base::log("storage").info("index {}.{} has changed and is made anew", spec.name, index.name);
      connection.run("DROP INDEX " + indexNameSql(spec.name, index.name));
    }
    connection.run(wanted);
  }
}

}  // namespace parley::storage::sqlite
