// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/open_store.h"
#include "storage/sqlite/group_commit.h"
#include "storage/sqlite/reader_pool.h"

#include <functional>
#include <memory>
#include <set>
#include <shared_mutex>
#include <string>

namespace parley::storage::sqlite {

/// Collections of JSON documents in one SQLite file: a table each, `id` and `doc`, indexed by expressions.
class SqliteStore final : public ManagedStore {
 public:
  explicit SqliteStore(const SqliteOptions& options);

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
  bool ping(Millis deadline) override;
  void claim(std::function<void()> /*lost*/) override {}
  StoreFigures figures() const override;

 private:
  void makeCollection(const CollectionSpec& spec) override;
  void checkDefined(const std::string& collection) const;
  std::int64_t waitForChange(Sql sql);

  mutable std::shared_mutex collectionsMutex_;
  std::set<std::string> collections_;
  CommandCounters counters_;
  std::unique_ptr<GroupCommit> writer_;  // made before the readers, since it makes the file; ends after them
  std::unique_ptr<ReaderPool> readers_;
};

}  // namespace parley::storage::sqlite
