// SPDX-License-Identifier: Apache-2.0
#include "storage/observed_store.h"

#include <utility>

namespace parley::storage {

using Kind = Query::Kind;

void ObservedStore::makeCollection(const CollectionSpec& spec) {
  onDefinition_(spec);
  inner().define(spec);
}

void ObservedStore::forEach(const std::string& collection, const Filter& filter, const FindOptions& options,
                            const std::function<bool(Document&&)>& each) {
  onQuery_({Kind::Find, collection, filter, options});
  inner().forEach(collection, filter, options, each);
}

void ObservedStore::forEachText(const std::string& collection, const Filter& filter, const FindOptions& options,
                                const std::function<bool(std::string_view)>& each) {
  onQuery_({Kind::Find, collection, filter, options});
  inner().forEachText(collection, filter, options, each);
}

std::int64_t ObservedStore::count(const std::string& collection, const Filter& filter) {
  onQuery_({Kind::Count, collection, filter, {}});
  return inner().count(collection, filter);
}

std::vector<std::pair<Json, std::int64_t>> ObservedStore::groupCount(const std::string& collection,
                                                                     const Filter& filter, const std::string& field) {
  onQuery_({Kind::Count, collection, filter, {}});
  return inner().groupCount(collection, filter, field);
}

std::optional<Document> ObservedStore::findAndUpdate(const std::string& collection, const Filter& filter,
                                                     const Update& update) {
  onQuery_({Kind::ChangeOne, collection, filter, {}});
  return inner().findAndUpdate(collection, filter, update);
}

Document ObservedStore::upsert(const std::string& collection, const Filter& filter, const Update& update) {
  onQuery_({Kind::ChangeOne, collection, filter, {}});
  return inner().upsert(collection, filter, update);
}

std::int64_t ObservedStore::update(const std::string& collection, const Filter& filter, const Update& update) {
  onQuery_({Kind::ChangeMany, collection, filter, {}});
  return inner().update(collection, filter, update);
}

std::int64_t ObservedStore::remove(const std::string& collection, const Filter& filter) {
  onQuery_({Kind::ChangeMany, collection, filter, {}});
  return inner().remove(collection, filter);
}

void ObservedStore::submit(std::vector<Write> writes, std::function<void(Result<WriteSummary>)> done) {
  for (const auto& write : writes) tell(write);
  inner().submit(std::move(writes), std::move(done));
}

void ObservedStore::submitLater(Write write) {
  tell(write);
  inner().submitLater(std::move(write));
}

/// Makes it at once, so that it can be told of.
void ObservedStore::submitWhenDue(const std::string& collection, const std::string& id,
                                  const std::function<Write()>& make) {
  ManagedStore::submitWhenDue(collection, id, make);
}

void ObservedStore::tell(const Write& write) const {
  if (write.kind == Write::Kind::Insert) return;
  const bool isMany = write.kind == Write::Kind::UpdateMany || write.kind == Write::Kind::RemoveMany;
  onQuery_({isMany ? Kind::ChangeMany : Kind::ChangeOne, write.collection, write.filter, {}});
}

}  // namespace parley::storage
