// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/mongodb/client_pool.h"
#include "storage/mongodb/operations.h"
#include "storage/mongodb/server_lease.h"
#include "storage/mongodb/write_queue.h"
#include "storage/open_store.h"

#include <map>
#include <memory>
#include <shared_mutex>
#include <string>

namespace parley::storage::mongodb {

/// Collections of a MongoDB database. Ids and dates are ObjectIds and Dates in it; see FieldTypes.
class MongodbStore final : public ManagedStore {
 public:
  explicit MongodbStore(const MongodbOptions& options);
  ~MongodbStore() override { lease_.reset(); }
  MongodbStore(const MongodbStore&) = delete;
  MongodbStore& operator=(const MongodbStore&) = delete;

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
  bool ping(Millis deadline) override;
  void claim(std::function<void()> lost) override;
  StoreFigures figures() const override;

  const ServerTraits& traits() const { return pool_.traits(); }

 private:
  using Types = std::shared_ptr<const FieldTypes>;

  void makeCollection(const CollectionSpec& spec) override;
  Types typesOf(const std::string& collection) const;
  std::int64_t performNow(Write&& write);

  ClientPool pool_;
  Millis readTime_;
  Millis leaseTime_;
  Operations operations_;
  mutable std::shared_mutex typesMutex_;
  std::map<std::string, Types, std::less<>> types_;
  WriteQueue queue_;
  std::unique_ptr<ServerLease> lease_;
};

}  // namespace parley::storage::mongodb
