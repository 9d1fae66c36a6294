// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/forwarding_store.h"
#include "storage/query.h"

#include <functional>
#include <memory>

namespace parley::storage {

/// A store that tells of each query before it carries it out, those of writes included, and of each definition.
class ObservedStore final : public ForwardingStore {
 public:
  /// Called by whoever calls the store. [any thread]
  using OnQuery = std::function<void(Query)>;
  using OnDefinition = std::function<void(const CollectionSpec&)>;

  ObservedStore(std::unique_ptr<ManagedStore> store, OnQuery onQuery, OnDefinition onDefinition)
      : ForwardingStore(std::move(store)), onQuery_(std::move(onQuery)), onDefinition_(std::move(onDefinition)) {}

  void forEach(const std::string& collection, const Filter& filter, const FindOptions& options,
               const std::function<bool(Document&&)>& each) override;
  void forEachText(const std::string& collection, const Filter& filter, const FindOptions& options,
                   const std::function<bool(std::string_view)>& each) override;
  std::int64_t count(const std::string& collection, const Filter& filter) override;
  std::vector<std::pair<Json, std::int64_t>> groupCount(const std::string& collection, const Filter& filter,
                                                        const std::string& field) override;
  std::optional<Document> findAndUpdate(const std::string& collection, const Filter& filter,
                                        const Update& update) override;
  Document upsert(const std::string& collection, const Filter& filter, const Update& update) override;
  std::int64_t update(const std::string& collection, const Filter& filter, const Update& update) override;
  std::int64_t remove(const std::string& collection, const Filter& filter) override;
  void submit(std::vector<Write> writes, std::function<void(Result<WriteSummary>)> done) override;
  void submitLater(Write write) override;
  void submitWhenDue(const std::string& collection, const std::string& id, const std::function<Write()>& make) override;

 private:
  void makeCollection(const CollectionSpec& spec) override;
  void tell(const Write& write) const;

  OnQuery onQuery_;
  OnDefinition onDefinition_;
};

}  // namespace parley::storage
