// SPDX-License-Identifier: Apache-2.0
#include "storage/mongodb/indexes.h"

#include "base/log.h"
#include "storage/mongodb/failure.h"

#include <algorithm>
#include <string>
#include <vector>

namespace parley::storage::mongodb {

namespace {

/// Building one over a large collection takes its time.
constexpr Millis buildTime{std::chrono::hours{2}};
constexpr std::uint32_t sameFieldsDifferently = 85;  // IndexOptionsConflict

struct Index {
  std::string name;
  Bson key;
  bool unique = false;
  bool sparse = false;
  Bson only;  ///< partialFilterExpression
};

/// MongoDB's own sparse indexes have all documents with any of the fields. A partial one has those with the last;
/// FerretDB knows none, but lets documents without a field pass a unique index.
Index wanted(const IndexSpec& spec, const ServerTraits& traits) {
  Index index;
  index.name = spec.name;
  index.unique = spec.unique;
  for (const auto& field : spec.fields) index.key.add(field.field, std::int32_t{field.descending ? -1 : 1});
  if (spec.sparse && traits.partialIndexes) {
    Bson exists;
    exists.add("$exists", true);
    index.only.add(spec.fields.back().field, exists);
  }
  return index;
}

Bson embedded(const bson_iter_t& at) {
  bson_t view;
  return viewDocument(at, view) ? Bson(&view) : Bson();
}

Index present(const bson_t* listed) {
  Index index;
  bson_iter_t at;
  if (!bson_iter_init(&at, listed)) return index;
  while (bson_iter_next(&at)) {
    const std::string_view name = bson_iter_key(&at);
    if (name == "name" && BSON_ITER_HOLDS_UTF8(&at)) index.name = bson_iter_utf8(&at, nullptr);
    if (name == "key") index.key = embedded(at);
    if (name == "unique") index.unique = bson_iter_as_bool(&at);
    if (name == "sparse") index.sparse = bson_iter_as_bool(&at);
    if (name == "partialFilterExpression") index.only = embedded(at);
  }
  return index;
}

/// Others write the orders as other types of number.
bool sameKey(const Bson& a, const Bson& b) {
  bson_iter_t left;
  bson_iter_t right;
  if (bson_count_keys(a.get()) != bson_count_keys(b.get())) return false;
  bson_iter_init(&left, a.get());
  bson_iter_init(&right, b.get());
  while (bson_iter_next(&left) && bson_iter_next(&right))
    if (std::string_view(bson_iter_key(&left)) != bson_iter_key(&right) || !BSON_ITER_HOLDS_NUMBER(&right) ||
        bson_iter_as_int64(&left) != bson_iter_as_int64(&right))
      return false;
  return true;
}

bool isAsGood(const Index& there, const Index& index) {
  return sameKey(index.key, there.key) && there.unique == index.unique && !there.sparse &&
         bson_equal(there.only.get(), index.only.get());
}

class Indexes {
 public:
  Indexes(const ClientPool& pool, const std::string& collection)
      : client_(pool.apart(buildTime)), collection_(client_.collection(collection)), name_(collection) {
    list();
  }

  void define(const Index& index) {
    for (const auto& there : present_)
      if (isAsGood(there, index)) return;
    for (const auto& there : present_)
      if (there.name == index.name) drop(there);
    if (make(index)) return;
    for (const auto& there : present_)
      if (there.name != index.name && sameKey(index.key, there.key)) drop(there);
    if (!make(index)) throw Error(ErrorCode::Internal, "index " + name_ + "." + index.name + " cannot be made");
  }

 private:
  void list() {
    const Cursor cursor(mongoc_collection_find_indexes_with_opts(collection_.get(), nullptr));
    const bson_t* listed = nullptr;
    while (mongoc_cursor_next(cursor.get(), &listed)) present_.push_back(present(listed));
    bson_error_t error;
    if (mongoc_cursor_error(cursor.get(), &error)) throw failureOf(error, "listing the indexes of " + name_);
  }

  void drop(const Index& index) {
    base::log("storage").info("index {}.{} has changed and is made anew", name_, index.name);
    bson_error_t error;
    if (!mongoc_collection_drop_index(collection_.get(), index.name.c_str(), &error))
      throw failureOf(error, "dropping index " + name_ + "." + index.name);
  }

  /// False when another one with the same fields is in the way.
  bool make(const Index& index) {
    Bson definition;
    definition.add("key", index.key).add("name", index.name);
    if (index.unique) definition.add("unique", true);
    if (!index.only.empty()) definition.add("partialFilterExpression", index.only);
    Bson list;
    list.add("0", definition);
    Bson command;
    command.add("createIndexes", name_).addArray("indexes", list);
    Reply reply;
    bson_error_t error;
    if (mongoc_collection_write_command_with_opts(collection_.get(), command.get(), nullptr, reply.fresh(), &error))
      return true;
    if (error.domain == MONGOC_ERROR_SERVER && error.code == sameFieldsDifferently) return false;
    throw failureOf(error, "making index " + name_ + "." + index.name);
  }

  ApartClient client_;
  Collection collection_;
  std::string name_;
  std::vector<Index> present_;
};

}  // namespace

void defineIndexes(const ClientPool& pool, const CollectionSpec& spec) {
  if (spec.indexes.empty()) return;
  Indexes indexes(pool, spec.name);
  for (const auto& index : spec.indexes) indexes.define(wanted(index, pool.traits()));
}

}  // namespace parley::storage::mongodb
