// SPDX-License-Identifier: Apache-2.0
// Two servers that want one database.
#include "mongodb_factory.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <future>

namespace parley::storage {

namespace {

using mongodb::Bson;
using mongodb::MongodbStore;

class MongodbLease : public testing::Test {
 protected:
  void SetUp() override {
    if (mongodbUri().empty()) GTEST_SKIP() << "there is no server: start this with tests/mongodb/run";
    database = std::make_unique<TestDatabase>();
  }

  /// The time is long for an owner that lives, so that it beats in time on a busy machine too.
  std::unique_ptr<MongodbStore> claimed(
      Millis leaseTime = Millis{3'000}, std::function<void()> lost = [] {}) {
    auto options = database->options;
    options.leaseTime = leaseTime;
    auto server = std::make_unique<MongodbStore>(options);
    server->claim(std::move(lost));
    return server;
  }

  std::string refusal() {
    try {
      claimed();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::Unavailable);
      return error.detail();
    }
    return "it was taken";
  }

  /// Changes the document as somebody else would.
  void setOwner(const Bson& change) {
    const mongodb::Uri uri(mongoc_uri_new(database->options.uri.c_str()));
    const std::unique_ptr<mongoc_client_t, mongodb::Destroy<mongoc_client_destroy>> client(
        mongoc_client_new_from_uri(uri.get()));
    const mongodb::Collection servers(mongoc_client_get_collection(client.get(), database->options.database.c_str(),
                                                                   mongodb::ServerLease::collection));
    Bson set;
    set.add("$set", change);
    ASSERT_TRUE(mongoc_collection_update_one(servers.get(), Bson().get(), set.get(), nullptr, nullptr, nullptr));
  }

  std::unique_ptr<TestDatabase> database;
};

TEST_F(MongodbLease, KeepsASecondServerOut) {
  auto first = claimed();
  const auto process = "process " + std::to_string(::getpid()) + " on ";
  EXPECT_THAT(refusal(), testing::HasSubstr("in use by another server (" + process));
  first.reset();
  claimed();
  claimed();
}

TEST_F(MongodbLease, IsTakenOverFromWhoIsGone) {
  std::promise<void> lost;
  const auto first = claimed(Millis{50}, [&] { lost.set_value(); });
  constexpr std::int32_t nobody = 0x7ffffff0;
  setOwner(std::move(Bson().add("owner", "crashed").add("process", nobody)));
  lost.get_future().wait();
  const auto second = claimed();
  EXPECT_THAT(refusal(), testing::HasSubstr("in use by another server"));
}

TEST_F(MongodbLease, IsTakenOverFromWhoIsNotHeardOf) {
  std::promise<void> lost;
  const auto first = claimed(Millis{50}, [&] { lost.set_value(); });
  setOwner(std::move(Bson().add("owner", "elsewhere").add("place", "another machine")));
  lost.get_future().wait();
  const auto second = claimed(Millis{50});
}

}  // namespace

}  // namespace parley::storage
