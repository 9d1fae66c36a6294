// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/managed_store.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace parley::storage {

/// A store before another one: does nothing of its own. What derives from it overrides what it adds to.
class ForwardingStore : public ManagedStore {
 public:
  explicit ForwardingStore(std::unique_ptr<ManagedStore> store) : store_(std::move(store)) {}

  void insert(const std::string& collection, Document document) override;
  void insertMany(const std::string& collection, std::vector<Document> documents) override;
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
  bool ping(Millis deadline) override { return store_->ping(deadline); }
  void claim(std::function<void()> lost) override { store_->claim(std::move(lost)); }
  StoreFigures figures() const override { return store_->figures(); }

 protected:
  ManagedStore& inner() { return *store_; }
  /// Ends the store behind, which completes what waits: in the destructor of what has its share in a completion.
  void endInner() { store_.reset(); }
  void makeCollection(const CollectionSpec& spec) override { makeCollectionIn(*store_, spec); }

 private:
  std::unique_ptr<ManagedStore> store_;
};

}  // namespace parley::storage
