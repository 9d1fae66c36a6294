// SPDX-License-Identifier: Apache-2.0
#include "storage/mongodb/operations.h"

#include "storage/document_update.h"
#include "storage/mongodb/bson_read.h"
#include "storage/mongodb/bson_write.h"
#include "storage/mongodb/failure.h"
#include "storage/mongodb/filter_bson.h"
#include "storage/mongodb/lookup.h"
#include "storage/mongodb/update_bson.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <string>

namespace parley::storage::mongodb {

namespace {

/// An upsert meets another one of the same key once; more often than that it is a conflict of different documents.
constexpr int upsertAttempts = 3;

std::string what(const Statement& statement) {
  return "writing to " + statement.collection;
}

bool addTo(mongoc_bulk_operation_t* bulk, const Statement& statement, bson_error_t& error) {
  using Kind = Write::Kind;
  const auto* selector = statement.selector.get();
  const auto* update = statement.update.get();
  Bson options;
  switch (statement.kind) {
    case Kind::Insert:
      // Checked already, and stored names are always valid.
      options.add("validate", false);
      return mongoc_bulk_operation_insert_with_opts(bulk, statement.document.get(), options.get(), &error);
    case Kind::Upsert: options.add("upsert", true); [[fallthrough]];
    case Kind::UpdateOne:
      return mongoc_bulk_operation_update_one_with_opts(bulk, selector, update, options.get(), &error);
    case Kind::UpdateMany: return mongoc_bulk_operation_update_many_with_opts(bulk, selector, update, nullptr, &error);
    case Kind::RemoveOne: return mongoc_bulk_operation_remove_one_with_opts(bulk, selector, nullptr, &error);
    case Kind::RemoveMany: return mongoc_bulk_operation_remove_many_with_opts(bulk, selector, nullptr, &error);
  }
  return false;
}

std::int64_t affectedBy(const Reply& reply) {
  return reply.number("nInserted") + reply.number("nMatched") + reply.number("nUpserted") + reply.number("nRemoved");
}

/// The first of the reply's writeErrors: its place, and what it means.
std::optional<std::pair<std::size_t, Error>> firstWriteError(const Reply& reply, const Statement& first) {
  bson_iter_t list;
  bson_iter_t entry;
  bson_iter_t at;
  if (!bson_iter_init_find(&list, reply.get(), "writeErrors") || !bson_iter_recurse(&list, &entry) ||
      !bson_iter_next(&entry) || !bson_iter_recurse(&entry, &at))
    return std::nullopt;
  std::size_t index = 0;
  std::uint32_t code = 0;
  std::string message;
  while (bson_iter_next(&at)) {
    const std::string_view name = bson_iter_key(&at);
    if (name == "index") index = static_cast<std::size_t>(bson_iter_as_int64(&at));
    if (name == "code") code = static_cast<std::uint32_t>(bson_iter_as_int64(&at));
    if (name == "errmsg" && BSON_ITER_HOLDS_UTF8(&at)) message = bson_iter_utf8(&at, nullptr);
  }
  return std::pair(index, failureOf(code, message, what(first)));
}

bool hasItems(const Reply& reply, const char* name) {
  bson_iter_t list;
  bson_iter_t item;
  return bson_iter_init_find(&list, reply.get(), name) && bson_iter_recurse(&list, &item) && bson_iter_next(&item);
}

}  // namespace

Outcome Operations::send(std::span<const Statement* const> statements, bool& unknown) const {
  const auto& first = *statements.front();
  const auto lease = pool_.lend();
  const auto collection = lease.collection(first.collection);
  const Bulk bulk(mongoc_collection_create_bulk_operation_with_opts(collection.get(), nullptr));
  bson_error_t error{};
  for (const auto* statement : statements)
    if (!addTo(bulk.get(), *statement, error)) return {0, 0, failureOf(error, what(first)), true};
  Reply reply;
  pool_.counters().wrote(statements.size());
  if (mongoc_bulk_operation_execute(bulk.get(), reply.fresh(), &error) != 0)
    return {statements.size(), affectedBy(reply), std::nullopt, false};
  // Not acknowledged as asked for: even what has been done may be lost.
  if (hasItems(reply, "writeConcernErrors"))
    return {0, 0, failureOf(MONGOC_ERROR_WRITE_CONCERN_ERROR, error.message, what(first)), true};
  if (auto refused = firstWriteError(reply, first))
    return {refused->first, affectedBy(reply), std::move(refused->second), false};
  unknown = isUnknownOutcome(error);
  return {0, 0, failureOf(error, what(first)), statements.size() > 1};
}

bool Operations::isStored(const Statement& insert) const {
  bson_iter_t id;
  Bson selector;
  if (!bson_iter_init_find(&id, insert.document.get(), "_id")) return false;
  bson_append_value(selector.get(), "_id", 3, bson_iter_value(&id));
  const auto lease = pool_.lend();
  const auto collection = lease.collection(insert.collection);
  // Wherever the URI lets reads go: only the primary knows.
  const std::unique_ptr<mongoc_read_prefs_t, Destroy<mongoc_read_prefs_destroy>> primary(
      mongoc_read_prefs_new(MONGOC_READ_PRIMARY));
  const Cursor cursor(mongoc_collection_find_with_opts(collection.get(), selector.get(), nullptr, primary.get()));
  const bson_t* found = nullptr;
  return mongoc_cursor_next(cursor.get(), &found) && shownDocument(found) == shownDocument(insert.document.get());
}

/// Inserts of which nobody knows whether they were carried out. They were in order: those that are stored come first.
Outcome Operations::sendAgain(std::span<const Statement* const> statements) const {
  Outcome total;
  while (total.done < statements.size()) {
    const auto& next = *statements[total.done];
    if (isStored(next)) {
      ++total.done;
      ++total.affected;
      continue;
    }
    bool unknown = false;
    pool_.counters().sentAgain(statements.size() - total.done);
    auto outcome = send(statements.subspan(total.done), unknown);
    if (outcome.all || unknown) return {0, 0, std::move(outcome.failure), true};
    total.done += outcome.done;
    total.affected += outcome.affected;
    // The first try may have come through only now.
    if (!outcome.failure || (outcome.failure->code() == ErrorCode::Conflict && isStored(*statements[total.done])))
      continue;
    total.failure = std::move(outcome.failure);
    break;
  }
  return total;
}

/// While nobody else changes anything. An upsert's conditions say what is inserted, too.
Outcome Operations::performAlone(const Statement& statement) const {
  const std::lock_guard lock(changing_);
  bool unknown = false;
  const auto* sent = &statement;
  if (statement.kind == Write::Kind::Upsert) return send({&sent, 1}, unknown);
  auto selector = narrowedSelector(pool_, statement.collection, statement.selector);
  if (!selector) return {1, 0, std::nullopt, false};
  const Statement narrowed{statement.kind,       statement.collection,         statement.types,   {},
                           *std::move(selector), Bson(statement.update.get()), statement.counted, nullptr};
  sent = &narrowed;
  return send({&sent, 1}, unknown);
}

Outcome Operations::performOnce(std::span<const Statement* const> statements) const {
  const auto started = std::chrono::steady_clock::now();
  const auto& first = *statements.front();
  if (first.inTwoSteps) return upsertInTwoSteps(first);
  if (!first.isInsert() && !pool_.traits().atomicUpdates) return performAlone(first);
  bool unknown = false;
  auto outcome = send(statements, unknown);
  if (!unknown || !first.isInsert() || std::chrono::steady_clock::now() - started > retryWithin_) return outcome;
  return sendAgain(statements);
}

std::size_t Operations::commandLimit(const Statement& first) const {
  if (first.isInsert()) return pool_.traits().maxInserts;
  return first.inTwoSteps || !pool_.traits().atomicUpdates ? 1 : std::numeric_limits<std::size_t>::max();
}

Outcome Operations::perform(std::span<const Statement* const> statements) const {
  Outcome total;
  int attempts = 0;
  try {
    while (total.done < statements.size()) {
      const auto rest = statements.subspan(total.done);
      auto outcome = performOnce(rest.first(std::min(rest.size(), commandLimit(*rest.front()))));
      attempts = outcome.done > 0 ? 1 : attempts + 1;
      total.done += outcome.done;
      total.affected += outcome.affected;
      if (!outcome.failure) continue;
      const bool metAnother = outcome.failure->code() == ErrorCode::Conflict && !outcome.all &&
                              statements[total.done]->kind == Write::Kind::Upsert;
      if (metAnother && attempts < upsertAttempts) continue;
      total.failure = std::move(outcome.failure);
      total.all = outcome.all;
      break;
    }
  } catch (const Error& error) {
    total.failure = error;
    total.all = true;
  }
  return total;
}

std::optional<Document> Operations::findAndUpdate(const std::string& collection, const Bson& selector,
                                                  const Bson& update) const {
  const FindAndModify options(mongoc_find_and_modify_opts_new());
  mongoc_find_and_modify_opts_set_update(options.get(), update.get());
  mongoc_find_and_modify_opts_set_flags(options.get(), MONGOC_FIND_AND_MODIFY_RETURN_NEW);
  std::unique_lock lock(changing_, std::defer_lock);
  if (!pool_.traits().atomicUpdates) lock.lock();
  const auto narrowed = narrowedSelector(pool_, collection, selector);
  if (!narrowed) return std::nullopt;
  const auto lease = pool_.lend();
  pool_.counters().wrote(1);
  Reply reply;
  bson_error_t error{};
  if (!mongoc_collection_find_and_modify_with_opts(lease.collection(collection).get(), narrowed->get(), options.get(),
                                                   reply.fresh(), &error))
    throw failureOf(error, "changing a document of " + collection);
  if (reply.has("writeConcernError"))
    throw Error(ErrorCode::Unavailable, "the change was not acknowledged by enough servers");
  bson_iter_t value;
  bson_t found;
  if (!bson_iter_init_find(&value, reply.get(), "value") || !viewDocument(value, found)) return std::nullopt;
  return shownDocument(&found);
}

Document Operations::upsert(const std::string& collection, const FieldTypes& types, const Filter& filter,
                            const Update& update) const {
  const auto selector = filterBson(filter, types);
  const auto change = updateBson(update, types);
  for (int attempt = 1;; ++attempt) {
    if (auto changed = findAndUpdate(collection, selector, change)) return std::move(*changed);
    auto made = upsertDocument(filter, update);
    Statement insert{Write::Kind::Insert, collection, nullptr, storedDocument(made, types), {}, {}, true, nullptr};
    const auto* statement = &insert;
    const auto outcome = perform({&statement, 1});
    if (!outcome.failure) return made;
    if (outcome.failure->code() != ErrorCode::Conflict || attempt == upsertAttempts) throw Error(*outcome.failure);
  }
}

Outcome Operations::upsertInTwoSteps(const Statement& statement) const {
  try {
    upsert(statement.collection, *statement.types, statement.inTwoSteps->filter, statement.inTwoSteps->update);
    return {1, 1, std::nullopt, false};
  } catch (const Error& error) {
    return {0, 0, error, false};
  }
}

}  // namespace parley::storage::mongodb
