// SPDX-License-Identifier: Apache-2.0
#include "storage/open_store.h"

#include "storage/sqlite/sqlite_store.h"

namespace parley::storage {

std::unique_ptr<ManagedStore> openStore(const StorageOptions& options) {
  if (options.driver == "sqlite") return std::make_unique<sqlite::SqliteStore>(options.sqlite);
  throw Error(ErrorCode::Unavailable, "this build has no storage driver \"" + options.driver + "\", only sqlite");
}

}  // namespace parley::storage
