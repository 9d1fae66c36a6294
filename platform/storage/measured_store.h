// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/counters.h"
#include "storage/forwarding_store.h"

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace parley::storage {

/// A store that notes how long its callers wait, in the terms of the Store interface: the wait for a connection or for
/// a commit that others share is a part of it.
class MeasuredStore final : public ForwardingStore {
 public:
  explicit MeasuredStore(std::unique_ptr<ManagedStore> store) : ForwardingStore(std::move(store)) {}
  ~MeasuredStore() override { endInner(); }
  MeasuredStore(const MeasuredStore&) = delete;
  MeasuredStore& operator=(const MeasuredStore&) = delete;

  enum class Operation { Find, Count, GroupCount, Insert, InsertMany, FindAndUpdate, Upsert, Update, Remove, Submit };
  static constexpr std::array<std::string_view, 10> names{"find",        "count",           "group_count", "insert",
                                                          "insert_many", "find_and_update", "upsert",      "update",
                                                          "remove",      "submit"};
  enum Outcome : std::size_t { Done, Failed };

  /// By Operation, counted by Outcome. A conflict or the like is an answer, no failure: Failed are UNAVAILABLE and
  /// INTERNAL.
  const std::array<base::CallCounter, names.size()>& calls() const { return calls_; }

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

 private:
  template <typename Call>
  auto measured(Operation operation, const Call& call);
  void ended(Operation operation, Instant begun, const Error* failure);

  std::array<base::CallCounter, names.size()> calls_;
};

}  // namespace parley::storage
