// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/managed_store.h"
#include "storage/query.h"

#include <functional>
#include <memory>

namespace parley::storage {

/// A store that tells of each query before it carries it out, those of writes included.
class ObservedStore final : public ManagedStore {
 public:
  /// Called by whoever calls the store. [any thread]
  using Observer = std::function<void(Query)>;

  ObservedStore(std::unique_ptr<ManagedStore> store, Observer observer)
      : store_(std::move(store)), observer_(std::move(observer)) {}

  void insert(const std::string& collection, Document document) override;
  void insertMany(const std::string& collection, std::vector<Document> documents) override;
  void forEach(const std::string& collection, const Filter& filter, const FindOptions& options,
               const std::function<bool(Document&&)>& each) override;
  std::int64_t count(const std::string& collection, const Filter& filter) override;
  std::vector<std::pair<Json, std::int64_t>> groupCount(const std::string& collection, const Filter& filter,
                                                        const std::string& field) override;
  std::optional<Document> findAndUpdate(const std::string& collection, const Filter& filter,
                                        const Update& update) override;
  Document upsert(const std::string& collection, const Filter& filter, const Update& update) override;
  std::int64_t update(const std::string& collection, const Filter& filter, const Update& update) override;
  std::int64_t remove(const std::string& collection, const Filter& filter) override;
  void submit(std::vector<Write> writes, std::function<void(Result<WriteSummary>)> done) override;
  bool ping(Millis deadline) override { return store_->ping(deadline); }
  void claim(std::function<void()> lost) override { store_->claim(std::move(lost)); }
  StoreFigures figures() const override { return store_->figures(); }

 private:
  void makeCollection(const CollectionSpec& spec) override { store_->define(spec); }

  std::unique_ptr<ManagedStore> store_;
  Observer observer_;
};

}  // namespace parley::storage
