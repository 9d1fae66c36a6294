// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/sqlite_store.h"

#include "base/log.h"
#include "storage/document_rules.h"
#include "storage/document_update.h"
#include "storage/json_values.h"
#include "storage/sqlite/command_timer.h"
#include "storage/sqlite/schema.h"
#include "storage/sqlite/statement_sql.h"

#include <future>
#include <mutex>
#include <utility>

namespace parley::storage::sqlite {

namespace {

Document parseDocument(std::string_view text) {
  auto value = parseStored(text);
  if (!value.is_object()) throw Error(ErrorCode::Internal, "a stored document is not an object");
  return std::move(value.get_object());
}

/// One write, ready to run.
struct Prepared {
  Sql sql;
  std::optional<Write> ifNoneMatched;  ///< of an upsert
};

Prepared prepare(Write&& write) {
  using Kind = Write::Kind;
  switch (write.kind) {
    case Kind::Insert: return {insertSql(write.collection, write.document), std::nullopt};
    case Kind::UpdateOne:
      return {updateRowsSql(write.collection, write.filter, write.update, Reach::One), std::nullopt};
    case Kind::UpdateMany:
      return {updateRowsSql(write.collection, write.filter, write.update, Reach::Many), std::nullopt};
    case Kind::RemoveOne: return {removeSql(write.collection, write.filter, Reach::One), std::nullopt};
    case Kind::RemoveMany: return {removeSql(write.collection, write.filter, Reach::Many), std::nullopt};
    case Kind::Upsert: {
      auto sql = updateRowsSql(write.collection, write.filter, write.update, Reach::One);
      return {std::move(sql), std::move(write)};
    }
  }
  throw Error(ErrorCode::ValidationFailed, "unknown kind of write");
}

std::int64_t perform(Connection& connection, const Prepared& write) {
  const auto changed = connection.execute(write.sql);
  if (changed > 0 || !write.ifNoneMatched) return changed;
  const auto& wanted = *write.ifNoneMatched;
  return connection.execute(insertSql(wanted.collection, upsertDocument(wanted.filter, wanted.update)));
}

/// What Store::submit carries: the writes up to the first that is not valid, and that one's failure.
struct Submission {
  std::vector<Prepared> writes;
  std::optional<Error> invalid;
  WriteSummary summary;
};

}  // namespace

SqliteStore::SqliteStore(const SqliteOptions& options) : counters_(options.slowCommand) {
  createFile(options.path);
  auto connection = std::make_unique<Connection>(options, Connection::Mode::Write);
  claimDatabase(*connection, options.path);
  writer_ = std::make_unique<GroupCommit>(options, std::move(connection), counters_);
  readers_ = std::make_unique<ReaderPool>(options);
}

void SqliteStore::makeCollection(const CollectionSpec& spec) {
  checkCollection(spec);
  writer_->wait([&spec](Connection& connection) { defineCollection(connection, spec); });
  const std::unique_lock lock(collectionsMutex_);
  collections_.insert(spec.name);
}

void SqliteStore::checkDefined(const std::string& collection) const {
  const std::shared_lock lock(collectionsMutex_);
  if (!collections_.contains(collection))
    throw Error(ErrorCode::ValidationFailed, "there is no collection " + collection);
}

std::int64_t SqliteStore::waitForChange(Sql sql) {
  std::int64_t changed = 0;
  writer_->wait([&](Connection& connection) { changed = connection.execute(std::move(sql)); });
  return changed;
}

void SqliteStore::insert(const std::string& collection, Document document) {
  checkDefined(collection);
  waitForChange(insertSql(collection, document));
}

void SqliteStore::insertMany(const std::string& collection, std::vector<Document> documents) {
  checkDefined(collection);
  std::vector<Sql> inserts;
  std::optional<Error> invalid;
  try {
    for (const auto& document : documents) inserts.push_back(insertSql(collection, document));
  } catch (const Error& error) {
    invalid = error;
  }
  const auto count = inserts.size();
  const auto insertAll = [&](Connection& connection) {
    for (auto& sql : inserts) connection.execute(std::move(sql));
  };
  if (count > 0) writer_->wait(insertAll, count);
  if (invalid) throw Error(*invalid);
}

void SqliteStore::forEach(const std::string& collection, const Filter& filter, const FindOptions& options,
                          const std::function<bool(Document&&)>& each) {
  forEachText(collection, filter, options, [&each](std::string_view text) { return each(parseDocument(text)); });
}

void SqliteStore::forEachText(const std::string& collection, const Filter& filter, const FindOptions& options,
                              const std::function<bool(std::string_view)>& each) {
  checkDefined(collection);
  auto sql = selectSql(collection, filter, options);
  const auto reader = readers_->lend();
  const CommandTimer timer(counters_, CommandCounters::Kind::Read, collection);
  auto rows = reader->query(std::move(sql));
  while (rows.next())
    if (!each(rows.text(0))) return;
}

std::int64_t SqliteStore::count(const std::string& collection, const Filter& filter) {
  checkDefined(collection);
  auto sql = countSql(collection, filter);
  const auto reader = readers_->lend();
  const CommandTimer timer(counters_, CommandCounters::Kind::Read, collection);
  auto rows = reader->query(std::move(sql));
  return rows.next() ? rows.integer(0) : 0;
}

std::vector<std::pair<Json, std::int64_t>> SqliteStore::groupCount(const std::string& collection, const Filter& filter,
                                                                   const std::string& field) {
  checkDefined(collection);
  auto sql = groupCountSql(collection, filter, field);
  const auto reader = readers_->lend();
  const CommandTimer timer(counters_, CommandCounters::Kind::Read, collection);
  auto rows = reader->query(std::move(sql));
  std::vector<std::pair<Json, std::int64_t>> groups;
  while (rows.next()) groups.emplace_back(rows.isNull(0) ? Json(nullptr) : parseStored(rows.text(0)), rows.integer(1));
  return groups;
}

namespace {

std::optional<Document> changeOne(Connection& connection, Sql sql) {
  auto rows = connection.query(std::move(sql));
  std::optional<Document> changed;
  while (rows.next()) changed = parseDocument(rows.text(0));
  return changed;
}

}  // namespace

std::optional<Document> SqliteStore::findAndUpdate(const std::string& collection, const Filter& filter,
                                                   const Update& update) {
  checkDefined(collection);
  auto sql = updateReturningSql(collection, filter, update);
  std::optional<Document> changed;
  writer_->wait([&](Connection& connection) { changed = changeOne(connection, std::move(sql)); });
  return changed;
}

Document SqliteStore::upsert(const std::string& collection, const Filter& filter, const Update& update) {
  checkDefined(collection);
  auto sql = updateReturningSql(collection, filter, update);
  std::optional<Document> document;
  writer_->wait([&](Connection& connection) {
    document = changeOne(connection, std::move(sql));
    if (document) return;
    document = upsertDocument(filter, update);
    connection.execute(insertSql(collection, *document));
  });
  return std::move(*document);
}

std::int64_t SqliteStore::update(const std::string& collection, const Filter& filter, const Update& update) {
  checkDefined(collection);
  return waitForChange(updateRowsSql(collection, filter, update, Reach::Many));
}

std::int64_t SqliteStore::remove(const std::string& collection, const Filter& filter) {
  checkDefined(collection);
  return waitForChange(removeSql(collection, filter, Reach::Many));
}

void SqliteStore::submit(std::vector<Write> writes, std::function<void(Result<WriteSummary>)> done) {
  auto submission = std::make_shared<Submission>();
  try {
    for (auto& write : writes) {
      checkDefined(write.collection);
      submission->writes.push_back(prepare(std::move(write)));
    }
  } catch (const Error& error) {
    submission->invalid = error;
  }
  auto run = [submission](Connection& connection) {
    for (const auto& write : submission->writes) submission->summary.affected += perform(connection, write);
    if (submission->invalid) throw Error(*submission->invalid);
  };
  auto finish = std::make_shared<std::function<void(Result<WriteSummary>)>>(std::move(done));
  auto completed = [submission, finish](const std::optional<Error>& failure) {
    if (failure) return (*finish)(*failure);
    (*finish)(submission->summary);
  };
  const auto count = std::max<std::size_t>(submission->writes.size(), 1);
  if (!writer_->post({count, std::move(run), std::move(completed)}))
    (*finish)(Error(ErrorCode::Unavailable, "too many writes are waiting"));
}

StoreFigures SqliteStore::figures() const {
  auto figures = counters_.figures();
  figures.writesQueued = writer_->size();
  figures.connections = readers_->size();
  figures.connectionsUsed = readers_->lent();
  return figures;
}

bool SqliteStore::ping(Millis deadline) {
  const auto alive = std::make_shared<std::promise<bool>>();
  auto answer = alive->get_future();
  // Writing the layout version again changes one page, so that the whole way to the disk is tried.
  auto rewrite = [](Connection& connection) {
    if (connection.hasMoved()) {
      base::log("storage").error("the database's file is not there any more; what is written now will be lost");
      throw Error(ErrorCode::Unavailable, "the database's file is not there any more");
    }
    rewriteLayoutVersion(connection);
  };
  auto told = [alive](const std::optional<Error>& failure) { alive->set_value(!failure); };
  if (!writer_->post({1, std::move(rewrite), std::move(told)})) return false;
  if (answer.wait_for(deadline) != std::future_status::ready || !answer.get()) return false;
  try {
    const auto reader = readers_->lend();
    auto rows = reader->query(Sql("SELECT count(*) FROM sqlite_schema"));
    return rows.next();
  } catch (const Error& error) {
    base::log("storage").error("ping: {}", error.detail());
    return false;
  }
}

}  // namespace parley::storage::sqlite
