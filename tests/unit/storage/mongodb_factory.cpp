// SPDX-License-Identifier: Apache-2.0
#include "mongodb_factory.h"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>

namespace parley::storage {

namespace {

std::string newName() {
  static std::atomic<int> number = 0;
  const auto now = std::chrono::system_clock::now().time_since_epoch().count();
  return "parley_test_" + std::to_string(now) + "_" + std::to_string(::getpid()) + "_" + std::to_string(++number);
}

StoreUnderTest makeMongodb() {
  const auto database = std::make_shared<TestDatabase>();
  auto store = std::make_unique<mongodb::MongodbStore>(database->options);
  const bool complete = store->traits().atomicUpdates;
  return {database, std::move(store), complete, complete, complete};
}

}  // namespace

std::string mongodbUri() {
  const char* uri = std::getenv("MONGODB_TEST_URI");
  return uri == nullptr ? "" : uri;
}

TestDatabase::TestDatabase() {
  options.uri = mongodbUri();
  options.database = newName();
}

TestDatabase::~TestDatabase() {
  const mongodb::Uri uri(mongoc_uri_new(options.uri.c_str()));
  const std::unique_ptr<mongoc_client_t, mongodb::Destroy<mongoc_client_destroy>> client(
      mongoc_client_new_from_uri(uri.get()));
  const mongodb::Database database(mongoc_client_get_database(client.get(), options.database.c_str()));
  mongoc_database_drop(database.get(), nullptr);
}

StoreDriver mongodbDriver() {
  return {"mongodb", makeMongodb, mongodbUri().empty() ? "there is no server: start this with tests/mongodb/run" : ""};
}

}  // namespace parley::storage
