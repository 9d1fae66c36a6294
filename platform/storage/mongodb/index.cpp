// SPDX-License-Identifier: Apache-2.0
#include "storage/mongodb/index.h"

#include "storage/mongodb/failure.h"

namespace parley::storage::mongodb {

namespace {

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

std::string jsonOf(const Bson& document) {
  const std::unique_ptr<char, Destroy<bson_free>> text(bson_as_relaxed_extended_json(document.get(), nullptr));
  return text ? text.get() : "";
}

}  // namespace

Index Index::of(const IndexSpec& spec, const ServerTraits& traits) {
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

/// Others write the orders as other types of number.
bool Index::hasKeyOf(const Index& other) const {
  bson_iter_t left;
  bson_iter_t right;
  if (bson_count_keys(key.get()) != bson_count_keys(other.key.get())) return false;
  bson_iter_init(&left, key.get());
  bson_iter_init(&right, other.key.get());
  while (bson_iter_next(&left) && bson_iter_next(&right))
    if (std::string_view(bson_iter_key(&left)) != bson_iter_key(&right) || !BSON_ITER_HOLDS_NUMBER(&left) ||
        !BSON_ITER_HOLDS_NUMBER(&right) || bson_iter_as_int64(&left) != bson_iter_as_int64(&right))
      return false;
  return true;
}

bool Index::isAsGoodAs(const Index& wanted) const {
  return hasKeyOf(wanted) && unique == wanted.unique && !sparse && bson_equal(only.get(), wanted.only.get());
}

std::string Index::text() const {
  auto text = jsonOf(key);
  if (unique) text += " unique";
  if (sparse) text += " sparse";
  if (!only.empty()) text += " where " + jsonOf(only);
  return text;
}

std::vector<Index> indexesOf(mongoc_collection_t* collection, const std::string& name) {
  const Cursor cursor(mongoc_collection_find_indexes_with_opts(collection, nullptr));
  std::vector<Index> indexes;
  const bson_t* listed = nullptr;
  while (mongoc_cursor_next(cursor.get(), &listed)) indexes.push_back(present(listed));
  bson_error_t error;
  if (mongoc_cursor_error(cursor.get(), &error)) throw failureOf(error, "listing the indexes of " + name);
  return indexes;
}

}  // namespace parley::storage::mongodb
