// SPDX-License-Identifier: Apache-2.0
#include "mongodb_factory.h"
#include "store_suite.h"
#include "temp_folder.h"

namespace parley::storage {

namespace {

StoreUnderTest makeSqlite() {
  const auto folder = std::make_shared<TempFolder>();
  StorageOptions options;
  options.sqlite.path = folder->file("test.db");
  return {folder, openStore(options)};
}

}  // namespace

std::vector<StoreDriver> storeDrivers() {
  return {{"sqlite", makeSqlite}, mongodbDriver()};
}

}  // namespace parley::storage
