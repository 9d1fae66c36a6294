// SPDX-License-Identifier: Apache-2.0
#include "storage/observed_store.h"

#include <utility>

namespace parley::storage {

using Kind = Query::Kind;

void ObservedStore::makeCollection(const CollectionSpec& spec) {
  onDefinition_(spec);
  store_->define(spec);
}

void ObservedStore::insert(const std::string& collection, Document document) {
  store_->insert(collection, std::move(document));
}

void ObservedStore::insertMany(const std::string& collection, std::vector<Document> documents) {
  store_->insertMany(collection, std::move(documents));
}

void ObservedStore::forEach(const std::string& collection, const Filter& filter, const FindOptions& options,
                            const std::function<bool(Document&&)>& each) {
  onQuery_({Kind::Find, collection, filter, options});
  store_->forEach(collection, filter, options, each);
}

std::int64_t ObservedStore::count(const std::string& collection, const Filter& filter) {
  onQuery_({Kind::Count, collection, filter, {}});
  return store_->count(collection, filter);
}

std::vector<std::pair<Json, std::int64_t>> ObservedStore::groupCount(const std::string& collection,
                                                                     const Filter& filter, const std::string& field) {
  onQuery_({Kind::Count, collection, filter, {}});
  return store_->groupCount(collection, filter, field);
}

std::optional<Document> ObservedStore::findAndUpdate(const std::string& collection, const Filter& filter,
                                                     const Update& update) {
  onQuery_({Kind::ChangeOne, collection, filter, {}});
  return store_->findAndUpdate(collection, filter, update);
}

Document ObservedStore::upsert(const std::string& collection, const Filter& filter, const Update& update) {
  onQuery_({Kind::ChangeOne, collection, filter, {}});
  return store_->upsert(collection, filter, update);
}

std::int64_t ObservedStore::update(const std::string& collection, const Filter& filter, const Update& update) {
  onQuery_({Kind::ChangeMany, collection, filter, {}});
  return store_->update(collection, filter, update);
}

std::int64_t ObservedStore::remove(const std::string& collection, const Filter& filter) {
  onQuery_({Kind::ChangeMany, collection, filter, {}});
  return store_->remove(collection, filter);
}

void ObservedStore::submit(std::vector<Write> writes, std::function<void(Result<WriteSummary>)> done) {
  for (const auto& write : writes) {
    if (write.kind == Write::Kind::Insert) continue;
    const bool isMany = write.kind == Write::Kind::UpdateMany || write.kind == Write::Kind::RemoveMany;
    onQuery_({isMany ? Kind::ChangeMany : Kind::ChangeOne, write.collection, write.filter, {}});
  }
  store_->submit(std::move(writes), std::move(done));
}

}  // namespace parley::storage
