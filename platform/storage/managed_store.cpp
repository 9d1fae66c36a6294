// SPDX-License-Identifier: Apache-2.0
#include "storage/managed_store.h"

#include "storage/spec_book.h"

#include <utility>

namespace parley::storage {

void ManagedStore::define(const CollectionSpec& spec) {
  makeCollection(spec);
  makeCollection(specBook());
  recordSpec(*this, spec);
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
