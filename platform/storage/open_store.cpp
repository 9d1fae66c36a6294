// SPDX-License-Identifier: Apache-2.0
#include "storage/open_store.h"

#include "storage/gathering_store.h"
#include "storage/mongodb/mongodb_store.h"
#include "storage/sqlite/sqlite_store.h"

namespace parley::storage {

namespace {
std::unique_ptr<ManagedStore> openDriver(const StorageOptions& options) {
  if (options.driver == "sqlite") return std::make_unique<sqlite::SqliteStore>(options.sqlite);
  if (options.driver == "mongodb") return std::make_unique<mongodb::MongodbStore>(options.mongodb);
  throw Error(ErrorCode::Unavailable, "there is no storage driver \"" + options.driver + "\"");
}
}  // namespace

std::unique_ptr<ManagedStore> openStore(const StorageOptions& options) {
  return std::make_unique<GatheringStore>(openDriver(options), options.gatherDelay);
}

}  // namespace parley::storage
