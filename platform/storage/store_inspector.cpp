// SPDX-License-Identifier: Apache-2.0
#include "storage/store_inspector.h"

#include "storage/mongodb/inspector.h"
#include "storage/sqlite/inspector.h"

namespace parley::storage {

std::unique_ptr<StoreInspector> inspectStore(const StorageOptions& options) {
  if (options.driver == "sqlite") return std::make_unique<sqlite::Inspector>(options.sqlite);
  if (options.driver == "mongodb") return std::make_unique<mongodb::Inspector>(options.mongodb);
  throw Error(ErrorCode::Unavailable, "there is no storage driver \"" + options.driver + "\"");
}

}  // namespace parley::storage
