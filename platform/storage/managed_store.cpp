// SPDX-License-Identifier: Apache-2.0
#include "storage/managed_store.h"

#include "storage/spec_book.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace parley::storage {

namespace {

bool has(const std::vector<std::string>& fields, const std::string& field) {
  return std::find(fields.begin(), fields.end(), field) != fields.end();
}

/// Documents with these fields may be there, also when nobody speaks of them any more.
void addFields(CollectionSpec& spec, const CollectionSpec& known) {
  const auto isNew = [&spec](const std::string& field) {
    return !has(spec.idFields, field) && !has(spec.dateFields, field);
  };
  std::copy_if(known.idFields.begin(), known.idFields.end(), std::back_inserter(spec.idFields), isNew);
  std::copy_if(known.dateFields.begin(), known.dateFields.end(), std::back_inserter(spec.dateFields), isNew);
}

void addIndexes(CollectionSpec& spec, const CollectionSpec& known) {
  const auto isNew = [own = spec.indexes](const IndexSpec& index) {
    return std::none_of(own.begin(), own.end(), [&](const IndexSpec& other) { return other.name == index.name; });
  };
  std::copy_if(known.indexes.begin(), known.indexes.end(), std::back_inserter(spec.indexes), isNew);
}

}  // namespace

void ManagedStore::define(const CollectionSpec& spec) {
  const std::lock_guard lock(definitions_);
  makeCollection(specBook());
  auto whole = spec;
  if (const auto known = recordedSpec(*this, spec.name)) addFields(whole, *known);
  if (const auto known = defined_.find(spec.name); known != defined_.end()) addIndexes(whole, known->second);
  makeCollection(whole);
  recordSpec(*this, whole);
  defined_.insert_or_assign(spec.name, std::move(whole));
}

std::vector<CollectionSpec> ManagedStore::collections() {
  makeCollection(specBook());
  return recordedSpecs(*this);
}

std::optional<Document> ManagedStore::findOne(const std::string& collection, const Filter& filter,
                                              const FindOptions& options) {
  auto one = options;
  one.limit = 1;
  std::optional<Document> found;
  forEach(collection, filter, one, [&found](Document&& document) {
    found = std::move(document);
    return false;
  });
  return found;
}

std::vector<Document> ManagedStore::find(const std::string& collection, const Filter& filter,
                                         const FindOptions& options) {
  std::vector<Document> found;
  forEach(collection, filter, options, [&found](Document&& document) {
    found.push_back(std::move(document));
    return true;
  });
  return found;
}

void ManagedStore::forEachText(const std::string& collection, const Filter& filter, const FindOptions& options,
                               const std::function<bool(std::string_view)>& each) {
  forEach(collection, filter, options, [&each](Document&& document) { return each(boost::json::serialize(document)); });
}

void ManagedStore::submitWhenDue(const std::string& /*collection*/, const std::string& /*id*/,
                                 const std::function<Write()>& make) {
  submitLater(make());
}

}  // namespace parley::storage
