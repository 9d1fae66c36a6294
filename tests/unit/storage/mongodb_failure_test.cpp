// SPDX-License-Identifier: Apache-2.0
// MongoDB that goes away, is slow, or answers into the void.
#include "cut_proxy.h"
#include "mongodb_factory.h"
#include "storage/mongodb/call_gate.h"

#include <gmock/gmock.h>

#include <chrono>
#include <future>
#include <thread>

namespace parley::storage {

namespace {

using mongodb::MongodbStore;
using testing::HasSubstr;

std::string openFailure(const MongodbOptions& options) {
  try {
    const MongodbStore store(options);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::Unavailable);
    return error.detail();
  }
  return "it opened";
}

TEST(MongodbOpening, SaysWhatIsWrong) {
  MongodbOptions options;
  options.serverSelection = Millis{50};
  options.connectTimeout = Millis{50};
  options.uri = "mongodb://127.0.0.1:1/";
  EXPECT_THAT(openFailure(options), HasSubstr("storage.mongodb.uri cannot be used"));
  options.uri = "mongodb://somebody:secret@127.0.0.1:port/";
  EXPECT_THAT(openFailure(options),
              testing::AllOf(HasSubstr("not a connection string"), testing::Not(HasSubstr("secret"))));
  options.uri = "mongodb://127.0.0.1:1/?w=0";
  EXPECT_THAT(openFailure(options), HasSubstr("w=0 would lose writes"));
}

class MongodbFailure : public testing::Test {
 protected:
  void SetUp() override {
    if (mongodbUri().empty()) GTEST_SKIP() << "there is no server: start this with tests/mongodb/run";
    const mongodb::Uri uri(mongoc_uri_new(mongodbUri().c_str()));
    if (mongoc_uri_get_username(uri.get()) != nullptr) GTEST_SKIP() << "this takes a server without passwords";
    proxy = std::make_unique<CutProxy>(mongoc_uri_get_hosts(uri.get())->port);
    database = std::make_unique<TestDatabase>();
    auto options = database->options;
    options.uri = "mongodb://127.0.0.1:" + std::to_string(proxy->port()) + "/?directConnection=true";
    options.serverSelection = Millis{500};
    options.connectTimeout = Millis{500};
    options.socketTimeout = Millis{700};
    options.queueWait = Millis{300};
    store = std::make_unique<MongodbStore>(options);
    store->define({"things", {}, {}, {}});
  }

  ErrorCode insertFailure(const std::string& id) {
    try {
      store->insert("things", {{"_id", id}});
    } catch (const Error& error) {
      return error.code();
    }
    ADD_FAILURE() << "it was stored";
    return ErrorCode::Internal;
  }

  bool answersAgain() {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (std::chrono::steady_clock::now() < end)
      if (store->ping(Millis{5'000})) return true;
    return false;
  }

  std::unique_ptr<CutProxy> proxy;
  std::unique_ptr<TestDatabase> database;
  std::unique_ptr<MongodbStore> store;
};

TEST_F(MongodbFailure, FailsWithinItsDeadlineAndComesBack) {
  store->insert("things", {{"_id", "before"}});
  EXPECT_TRUE(store->ping(Millis{60'000}));
  for (const bool held : {false, true}) {
    held ? proxy->holdUp() : proxy->cut();
    const auto started = std::chrono::steady_clock::now();
    EXPECT_EQ(insertFailure(held ? "held" : "cut"), ErrorCode::Unavailable);
    EXPECT_FALSE(store->ping(Millis{3'000}));
    EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(20));
    proxy->restore();
    EXPECT_TRUE(answersAgain());
    store->insert("things", {{"_id", held ? "after held" : "after cut"}});
  }
  EXPECT_EQ(store->count("things", where("_id").in({"before", "after cut", "after held"})), 3);
}

TEST_F(MongodbFailure, StoresOnceWhatIsSentTwice) {
  store->insert("things", {{"_id", "other"}, {"n", 1}});
  proxy->loseAnswerTo("lost");
  store->insert("things", {{"_id", "lost"}, {"text", "lost"}});
  EXPECT_EQ(store->count("things", {}), 2);

  proxy->loseAnswerTo("first of many");
  store->insertMany("things", {{{"_id", "1"}, {"text", "first of many"}}, {{"_id", "2"}}, {{"_id", "3"}}});
  EXPECT_EQ(store->count("things", {}), 5);

  proxy->loseAnswerTo("somebody else's");
  EXPECT_EQ(codeOf([&] {
              store->insert("things", {{"_id", "other"}, {"text", "somebody else's"}});
            }),
            ErrorCode::Conflict);
  EXPECT_EQ(store->count("things", {}), 5);
}

TEST_F(MongodbFailure, LeavesThreadsToThoseWhoNeedNoDatabase) {
  auto options = database->options;
  options.uri = "mongodb://127.0.0.1:" + std::to_string(proxy->port()) + "/?directConnection=true";
  options.connections = 3;
  options.writers = 1;
  options.connectionWait = Millis{50};
  options.serverSelection = Millis{500};
  options.connectTimeout = Millis{500};
  options.socketTimeout = Millis{300'000};
  const auto few = std::make_unique<MongodbStore>(options);
  few->define({"things", {}, {}, {}});
  const auto count = [&] { return codeOf([&] { few->count("things", {}); }); };
  proxy->holdUp();
  std::vector<std::future<ErrorCode>> waiting;
  for (int i = 0; i < 2; ++i) waiting.push_back(std::async(std::launch::async, count));
  while (few->figures().connectionsUsed < 2) std::this_thread::yield();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(count(), ErrorCode::Unavailable);
  EXPECT_EQ(few->figures().connectionsUsed, 2U) << "these two still wait";
  proxy->cut();
  for (auto& answer : waiting) EXPECT_EQ(answer.get(), ErrorCode::Unavailable);
  proxy->restore();
  while (!few->ping(Millis{5'000})) std::this_thread::yield();
  EXPECT_EQ(few->count("things", {}), 0);
}

TEST(CallGateTest, LetsOthersWaitAsLongAsCallsEnd) {
  mongodb::CallGate gate(2, Millis{600'000});
  gate.enter();
  gate.enter();
  auto third = std::async(std::launch::async, [&] { gate.enter(); });
  gate.leave();
  third.get();
  mongodb::CallGate impatient(1, Millis{1});
  impatient.enter();
  EXPECT_EQ(codeOf([&] { impatient.enter(); }), ErrorCode::Unavailable);
  impatient.leave();
  impatient.enter();
}

TEST_F(MongodbFailure, TellsEveryCallerWhoWaits) {
  proxy->cut();
  std::vector<std::future<ErrorCode>> answers;
  for (int i = 0; i < 50; ++i) {
    const auto promise = std::make_shared<std::promise<ErrorCode>>();
    answers.push_back(promise->get_future());
    store->submit({Write::insert("things", {{"_id", std::to_string(i)}})},
                  [promise](const Result<WriteSummary>& result) {
                    promise->set_value(result.ok() ? ErrorCode::Internal : result.error().code());
                  });
  }
  for (auto& answer : answers) EXPECT_EQ(answer.get(), ErrorCode::Unavailable);
  proxy->restore();
  EXPECT_TRUE(answersAgain());
  EXPECT_EQ(store->count("things", {}), 0);
}

}  // namespace

}  // namespace parley::storage
