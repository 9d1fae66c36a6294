// SPDX-License-Identifier: Apache-2.0
#include "storage/mongodb/mongodb_store.h"

#include "base/clock.h"
#include "storage/document_rules.h"
#include "storage/mongodb/bson_read.h"
#include "storage/mongodb/failure.h"
#include "storage/mongodb/filter_bson.h"
#include "storage/mongodb/indexes.h"
#include "storage/mongodb/update_bson.h"

#include <future>
#include <mutex>
#include <utility>

namespace parley::storage::mongodb {

namespace {

/// Where ping writes: nothing else is in it.
constexpr auto pings = "parley_pings";

/// Of what belongs to the database as such, and is no part of an export.
std::map<std::string, std::shared_ptr<const FieldTypes>, std::less<>> ownTypes() {
  std::map<std::string, std::shared_ptr<const FieldTypes>, std::less<>> types;
  for (const auto& spec : {CollectionSpec{pings, {}, {"at"}, {}}, ServerLease::spec()})
    types.emplace(spec.name, std::make_shared<const FieldTypes>(FieldTypes::of(spec)));
  return types;
}

bool next(const Cursor& cursor, const bson_t*& found, const std::string& collection) {
  if (mongoc_cursor_next(cursor.get(), &found)) return true;
  bson_error_t error;
  if (mongoc_cursor_error(cursor.get(), &error)) throw failureOf(error, "reading " + collection);
  return false;
}

Bson findOptions(const FindOptions& options, Millis time) {
  Bson found;
  found.add("sort", sortBson(options));
  if (options.skip > 0) found.add("skip", options.skip);
  // One that is read to its end may take as long as its reader does.
  if (options.limit > 0) found.add("limit", options.limit).add("maxTimeMS", time.count());
  return found;
}

Bson groupPipeline(const Bson& filter, const std::string& field) {
  Bson one;
  one.add("$sum", std::int32_t{1});
  Bson group;
  group.add("_id", "$" + field).add("n", one);
  Bson stages;
  Bson match;
  match.add("$match", filter);
  Bson grouping;
  grouping.add("$group", group);
  return std::move(stages.add("0", match).add("1", grouping));
}

}  // namespace

MongodbStore::MongodbStore(const MongodbOptions& options)
    : pool_(options),
      readTime_(options.socketTimeout),
      leaseTime_(options.leaseTime),
      operations_(pool_, options.serverSelection),
      types_{ownTypes()},
      queue_(options, operations_) {}

void MongodbStore::makeCollection(const CollectionSpec& spec) {
  checkCollection(spec);
  WriteQueue::checkMayWait();
  defineIndexes(pool_, spec);
  const std::unique_lock lock(typesMutex_);
  types_.insert_or_assign(spec.name, std::make_shared<const FieldTypes>(FieldTypes::of(spec)));
}

MongodbStore::Types MongodbStore::typesOf(const std::string& collection) const {
  const std::shared_lock lock(typesMutex_);
  const auto found = types_.find(collection);
  if (found == types_.end()) throw Error(ErrorCode::ValidationFailed, "there is no collection " + collection);
  return found->second;
}

std::int64_t MongodbStore::performNow(Write&& write) {
  WriteQueue::checkMayWait();
  const auto statement = Statement::of(std::move(write), typesOf(write.collection));
  const auto* sent = &statement;
  const auto outcome = operations_.perform({&sent, 1});
  if (outcome.failure) throw Error(*outcome.failure);
  return outcome.affected;
}

void MongodbStore::insert(const std::string& collection, Document document) {
  performNow(Write::insert(collection, std::move(document)));
}

void MongodbStore::insertMany(const std::string& collection, std::vector<Document> documents) {
  WriteQueue::checkMayWait();
  const auto types = typesOf(collection);
  std::vector<Statement> statements;
  std::optional<Error> invalid;
  try {
    for (auto& document : documents)
      statements.push_back(Statement::of(Write::insert(collection, std::move(document)), types));
  } catch (const Error& error) {
    invalid = error;
  }
  std::vector<const Statement*> sent;
  sent.reserve(statements.size());
  for (const auto& statement : statements) sent.push_back(&statement);
  const auto outcome = operations_.perform(sent);
  if (outcome.failure) throw Error(*outcome.failure);
  if (invalid) throw Error(*invalid);
}

void MongodbStore::forEach(const std::string& collection, const Filter& filter, const FindOptions& options,
                           const std::function<bool(Document&&)>& each) {
  const auto selector = filterBson(filter, *typesOf(collection));
  const auto settings = findOptions(options, readTime_);
  const auto lease = pool_.lend();
  const auto from = lease.collection(collection);
  const Cursor cursor(mongoc_collection_find_with_opts(from.get(), selector.get(), settings.get(), nullptr));
  const bson_t* found = nullptr;
  while (next(cursor, found, collection))
    if (!each(shownDocument(found))) return;
}

std::int64_t MongodbStore::count(const std::string& collection, const Filter& filter) {
  const auto selector = filterBson(filter, *typesOf(collection));
  Bson settings;
  settings.add("maxTimeMS", std::int64_t{readTime_.count()});
  const auto lease = pool_.lend();
  bson_error_t error{};
  const auto counted = mongoc_collection_count_documents(lease.collection(collection).get(), selector.get(),
                                                         settings.get(), nullptr, nullptr, &error);
  if (counted < 0) throw failureOf(error, "counting " + collection);
  return counted;
}

std::vector<std::pair<Json, std::int64_t>> MongodbStore::groupCount(const std::string& collection, const Filter& filter,
                                                                    const std::string& field) {
  checkPath(field);
  const auto pipeline = groupPipeline(filterBson(filter, *typesOf(collection)), field);
  const auto lease = pool_.lend();
  const auto from = lease.collection(collection);
  const Cursor cursor(mongoc_collection_aggregate(from.get(), MONGOC_QUERY_NONE, pipeline.get(), nullptr, nullptr));
  const bson_t* found = nullptr;
  std::vector<std::pair<Json, std::int64_t>> groups;
  while (next(cursor, found, collection)) {
    bson_iter_t value;
    bson_iter_t number;
    if (bson_iter_init_find(&value, found, "_id") && bson_iter_init_find(&number, found, "n"))
      groups.emplace_back(shownValue(&value), bson_iter_as_int64(&number));
  }
  return groups;
}

std::optional<Document> MongodbStore::findAndUpdate(const std::string& collection, const Filter& filter,
                                                    const Update& update) {
  WriteQueue::checkMayWait();
  const auto types = typesOf(collection);
  return operations_.findAndUpdate(collection, filterBson(filter, *types), updateBson(update, *types));
}

Document MongodbStore::upsert(const std::string& collection, const Filter& filter, const Update& update) {
  WriteQueue::checkMayWait();
  return operations_.upsert(collection, *typesOf(collection), filter, update);
}

std::int64_t MongodbStore::update(const std::string& collection, const Filter& filter, const Update& update) {
  return performNow({Write::Kind::UpdateMany, collection, {}, filter, update});
}

std::int64_t MongodbStore::remove(const std::string& collection, const Filter& filter) {
  return performNow({Write::Kind::RemoveMany, collection, {}, filter, {}});
}

void MongodbStore::submit(std::vector<Write> writes, std::function<void(Result<WriteSummary>)> done) {
  Submission submission;
  submission.done = std::move(done);
  try {
    for (auto& write : writes) {
      auto types = typesOf(write.collection);
      submission.collections.insert(write.collection);
      submission.statements.push_back(Statement::of(std::move(write), std::move(types)));
    }
  } catch (const Error& error) {
    submission.failure = error;
  }
  if (!queue_.post(submission)) submission.done(Error(ErrorCode::Unavailable, "too many writes are waiting"));
}

void MongodbStore::claim(std::function<void()> lost) {
  if (leaseTime_.count() > 0) lease_ = std::make_unique<ServerLease>(*this, leaseTime_, std::move(lost));
}

StoreFigures MongodbStore::figures() const {
  auto figures = pool_.figures();
  figures.writesQueued = queue_.size();
  return figures;
}

bool MongodbStore::ping(Millis deadline) {
  const auto alive = std::make_shared<std::promise<bool>>();
  auto answer = alive->get_future();
  const auto now = toIso8601(base::SystemClock().now());
  submit({Write::upsert(pings, where("_id") == "ping", Update().set("at", now))},
         [alive](const Result<WriteSummary>& result) { alive->set_value(result.ok()); });
  return answer.wait_for(deadline) == std::future_status::ready && answer.get();
}

}  // namespace parley::storage::mongodb
