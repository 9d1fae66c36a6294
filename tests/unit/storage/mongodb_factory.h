// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store_suite.h"

#include "storage/mongodb/mongodb_store.h"

#include <memory>
#include <string>

namespace parley::storage {

/// The server that MONGODB_TEST_URI names, which tests/mongodb/run sets; empty: there is none.
std::string mongodbUri();

/// A new database on it, dropped when this goes.
class TestDatabase {
 public:
  TestDatabase();
  ~TestDatabase();
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  MongodbOptions options;
};

StoreDriver mongodbDriver();

}  // namespace parley::storage
