// SPDX-License-Identifier: Apache-2.0
#include "storage/forwarding_store.h"

namespace parley::storage {

void ForwardingStore::insert(const std::string& collection, Document document) {
  store_->insert(collection, std::move(document));
}

void ForwardingStore::insertMany(const std::string& collection, std::vector<Document> documents) {
  store_->insertMany(collection, std::move(documents));
}

void ForwardingStore::forEach(const std::string& collection, const Filter& filter, const FindOptions& options,
                              const std::function<bool(Document&&)>& each) {
  store_->forEach(collection, filter, options, each);
}

void ForwardingStore::forEachText(const std::string& collection, const Filter& filter, const FindOptions& options,
                                  const std::function<bool(std::string_view)>& each) {
  store_->forEachText(collection, filter, options, each);
}

std::int64_t ForwardingStore::count(const std::string& collection, const Filter& filter) {
  return store_->count(collection, filter);
}

std::vector<std::pair<Json, std::int64_t>> ForwardingStore::groupCount(const std::string& collection,
                                                                       const Filter& filter, const std::string& field) {
  return store_->groupCount(collection, filter, field);
}

std::optional<Document> ForwardingStore::findAndUpdate(const std::string& collection, const Filter& filter,
                                                       const Update& update) {
  return store_->findAndUpdate(collection, filter, update);
}

Document ForwardingStore::upsert(const std::string& collection, const Filter& filter, const Update& update) {
  return store_->upsert(collection, filter, update);
}

std::int64_t ForwardingStore::update(const std::string& collection, const Filter& filter, const Update& update) {
  return store_->update(collection, filter, update);
}

std::int64_t ForwardingStore::remove(const std::string& collection, const Filter& filter) {
  return store_->remove(collection, filter);
}

void ForwardingStore::submit(std::vector<Write> writes, std::function<void(Result<WriteSummary>)> done) {
  store_->submit(std::move(writes), std::move(done));
}

void ForwardingStore::submitLater(Write write) {
  store_->submitLater(std::move(write));
}

void ForwardingStore::submitWhenDue(const std::string& collection, const std::string& id,
                                    const std::function<Write()>& make) {
  store_->submitWhenDue(collection, id, make);
}

}  // namespace parley::storage
