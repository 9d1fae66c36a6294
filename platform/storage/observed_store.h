// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/managed_store.h"
#include "storage/query.h"

#include <functional>
#include <memory>

namespace parley::storage {

/// A store that tells of each query before it carries it out, those of writes included, and of each definition.
class ObservedStore final : public ManagedStore {
 public:
  /// Called by whoever calls the store. [any thread]
  using OnQuery = std::function<void(Query)>;
  using OnDefinition = std::function<void(const CollectionSpec&)>;

  ObservedStore(std::unique_ptr<ManagedStore> store, OnQuery onQuery, OnDefinition onDefinition)
      : store_(std::move(store)), onQuery_(std::move(onQuery)), onDefinition_(std::move(onDefinition)) {}

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
  void makeCollection(const CollectionSpec& spec) override;

  std::unique_ptr<ManagedStore> store_;
  OnQuery onQuery_;
  OnDefinition onDefinition_;
};

}  // namespace parley::storage
