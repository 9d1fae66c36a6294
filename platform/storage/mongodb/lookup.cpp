// SPDX-License-Identifier: Apache-2.0
#include "storage/mongodb/lookup.h"

#include "storage/mongodb/failure.h"

namespace parley::storage::mongodb {

namespace {

/// The `_id` of a selector that asks more; empty for all others.
Bson idOf(const Bson& selector) {
  Bson id;
  bson_iter_t at;
  if (bson_count_keys(selector.get()) > 1 && bson_iter_init_find(&at, selector.get(), "_id") &&
      !BSON_ITER_HOLDS_DOCUMENT(&at))
    bson_append_iter(id.get(), nullptr, 0, &at);
  return id;
}

Bson matching(const Bson& selector) {
  Bson stage;
  stage.add("$match", selector);
  return stage;
}

}  // namespace

std::optional<Bson> narrowedSelector(const ClientPool& pool, const std::string& collection, const Bson& selector) {
  auto id = pool.traits().narrowsById ? Bson() : idOf(selector);
  if (id.empty()) return Bson(selector.get());
  Bson stages;
  // The first stage decides which documents are read.
  stages.add("0", matching(id)).add("1", matching(selector));
  const auto lease = pool.lend();
  const auto from = lease.collection(collection);
  const Cursor cursor(mongoc_collection_aggregate(from.get(), MONGOC_QUERY_NONE, stages.get(), nullptr, nullptr));
  const bson_t* found = nullptr;
  if (mongoc_cursor_next(cursor.get(), &found)) return id;
  bson_error_t error;
  if (mongoc_cursor_error(cursor.get(), &error)) throw failureOf(error, "reading " + collection);
  return std::nullopt;
}

}  // namespace parley::storage::mongodb
