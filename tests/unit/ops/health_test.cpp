// SPDX-License-Identifier: Apache-2.0
#include "ops/health.h"

#include <gtest/gtest.h>
#include <parley/json.h>

#include <atomic>
#include <future>
#include <memory>
#include <string>

namespace parley::ops {
namespace {

class FixedClock final : public Clock {
 public:
  Time now() const override { return *fromIso8601("2024-01-01T00:00:00.000Z"); }
  Instant steady() const override { return {}; }
};

class HealthTest : public ::testing::Test {
 protected:
  /// The status and body that a GET is answered with.
  std::pair<int, Json> get(const std::string& path, const std::string& language = "") {
    const auto match = router_.find("GET", path);
    if (!match.handler) return {404, nullptr};
    http::Request request;
    if (!language.empty()) request.headers.set("Accept-Language", language);
    http::Response answer;
    (*match.handler)(std::move(request),
                     http::Responder([&answer](http::Response response) { answer = std::move(response); }));
    workers_.drain(Millis{10'000});
    return {answer.status, boost::json::parse(answer.body)};
  }

  FixedClock clock_;
  http::Router router_;
  std::atomic<bool> draining_{false};
  std::atomic<bool> storeResponds_{true};
  std::atomic<bool> migrating_{false};
  base::WorkerPool workers_{1, 2};
  std::unique_ptr<Health> health_ = std::make_unique<Health>(
      router_, workers_, clock_,
      Health::Checks{[this] { return draining_.load(); }, [this] { return storeResponds_.load(); },
                     [this] { return migrating_.load(); }},
      base::Locale{});
};

TEST_F(HealthTest, HealthIsWhatTheApiDocumentShows) {
  const auto [status, body] = get("/api/health");
  EXPECT_EQ(status, 200);
  const JsonObject expected{
      {"status", "ok"}, {"timestamp", "2024-01-01T00:00:00.000Z"}, {"message", "聊天服务器运行正常"}};
  EXPECT_EQ(body, Json(expected));
}

TEST_F(HealthTest, IsReadyWhenTheStoreResponds) {
  const auto [status, body] = get("/api/ready");
  EXPECT_EQ(status, 200);
  EXPECT_EQ(body, Json(JsonObject{{"status", "ready"}, {"storage", "ok"}}));
}

TEST_F(HealthTest, HoweverManyAskTheStoreIsAskedOnceAtATime) {
  std::promise<void> asked;
  std::promise<void> mayAnswer;
  workers_.postAccepted([&] {  // the only one there is
    asked.set_value();
    mayAnswer.get_future().wait();
  });
  asked.get_future().wait();
  const auto match = router_.find("GET", "/api/ready");
  std::atomic<int> ready{0};
  for (int i = 0; i < 10; ++i)
    (*match.handler)({},
                     http::Responder([&ready](const http::Response& response) { ready += response.status == 200; }));
  mayAnswer.set_value();
  workers_.drain(Millis{10'000});
  EXPECT_EQ(ready, 10) << "two may wait for a worker";
}

TEST_F(HealthTest, IsNotReadyWhileTheDatabaseIsBeingCompleted) {
  migrating_ = true;
  const auto [status, body] = get("/api/ready");
  EXPECT_EQ(status, 503);
  EXPECT_EQ(body.at("status"), Json("migrating"));
  EXPECT_EQ(body.at("code"), Json("UNAVAILABLE"));
  EXPECT_EQ(get("/api/health").first, 200);
}

TEST_F(HealthTest, IsNotReadyWithoutTheStore) {
  storeResponds_ = false;
  const auto [status, body] = get("/api/ready", "en");
  EXPECT_EQ(status, 503);
  EXPECT_EQ(body.at("code"), "UNAVAILABLE");
  EXPECT_EQ(body.at("success"), false);
  EXPECT_EQ(body.at("storage"), "unavailable");
  EXPECT_EQ(body.at("message"), "The service is not available right now, please try again");
}

TEST_F(HealthTest, IsNotReadyWhileDrainingButAlive) {
  draining_ = true;
  const auto [status, body] = get("/api/ready");
  EXPECT_EQ(status, 503);
  EXPECT_EQ(body.at("status"), "draining");
  EXPECT_EQ(body.at("message"), "服务暂时不可用，请稍后再试");
  EXPECT_EQ(get("/api/health").first, 200);
}

TEST_F(HealthTest, IsNotReadyWhenNoWorkerIsFree) {
  workers_.stop();
  const auto [status, body] = get("/api/ready");
  EXPECT_EQ(status, 503);
  EXPECT_EQ(body.at("storage"), "busy");
}

TEST_F(HealthTest, TheRoutesGoWithIt) {
  health_.reset();
  EXPECT_EQ(get("/api/health").first, 404);
  EXPECT_EQ(get("/api/ready").first, 404);
}

}  // namespace
}  // namespace parley::ops
