// SPDX-License-Identifier: Apache-2.0
// Bodies that plugins take and give piece by piece, up to their unloading.
#include "base/log.h"
#include "rig.h"

#include <condition_variable>
#include <iterator>
#include <mutex>

namespace parley::plugin::test {

namespace {

/// A body whose pieces the test gives by hand, as a connection does on its loop.
class HandBody final : public http::IncomingBody {
 public:
  void take(std::shared_ptr<Taker> taker) override {
    const std::lock_guard lock(mutex_);
    taker_ = std::move(taker);
    changed_.notify_all();
  }
  void done(std::size_t bytes) override {
    const std::lock_guard lock(mutex_);
    done_ += bytes;
    changed_.notify_all();
  }
  Taker& taker() {
    wait([this] { return taker_ != nullptr; });
    return *taker_;
  }
  void waitForDone(std::size_t bytes) {
    wait([&] { return done_ >= bytes; });
  }
  bool isTaken() {
    const std::lock_guard lock(mutex_);
    return taker_ != nullptr;
  }

 private:
  template <typename F>
  void wait(F&& condition) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, std::chrono::seconds(20), condition)) throw std::runtime_error("nothing came");
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::shared_ptr<Taker> taker_;
  std::size_t done_ = 0;
};

class Streams : public Rig {
 protected:
  std::future<http::Response> open(const std::string& path, std::shared_ptr<http::IncomingBody> body,
                                   const std::string& query = {}, const std::string& method = "POST") {
    const auto match = router_.find(method, path);
    auto promise = std::make_shared<std::promise<http::Response>>();
    http::Request request;
    request.method = method;
    request.path = path;
    request.query = query;
    request.incoming = std::move(body);
    (*match.handler)(std::move(request),
                     http::Responder([promise](http::Response response) { promise->set_value(std::move(response)); }));
    return promise->get_future();
  }
  static std::string data(const http::Response& response) {
    const auto body = boost::json::parse(response.body).as_object();
    const auto* shown = body.if_contains("data");
    return boost::json::serialize(shown != nullptr ? *shown : body.at("code"));
  }
  /// All of a response's body, as a connection reads it.
  static std::string readAll(http::BodySource& source) {
    struct Waker {
      std::mutex mutex;
      std::condition_variable woken;
      int wakes = 0;
    };
    const auto waker = std::make_shared<Waker>();  // the source may wake once more when all is read
    source.start([waker] {
      const std::lock_guard lock(waker->mutex);
      ++waker->wakes;
      waker->woken.notify_all();
    });
    std::string text;
    for (int seen = 0;;) {
      const auto state = source.read(text, 10'000);
      if (state == http::BodySource::State::End) return text;
      if (state == http::BodySource::State::Failed) return text + " failed";
      if (state == http::BodySource::State::More) continue;
      std::unique_lock lock(waker->mutex);
      if (!waker->woken.wait_for(lock, std::chrono::seconds(20), [&] { return waker->wakes > seen; }))
        return text + " stuck";
      seen = waker->wakes;
    }
  }
};

}  // namespace

TEST_F(Streams, ASinkGetsTheBodyAndAnswersAtItsEnd) {
  install("streams");
  start();
  const auto body = std::make_shared<HandBody>();
  auto response = open("/probe/upload", body);
  body->taker().onPiece("abc");
  body->waitForDone(3);
  body->taker().onPiece(std::string(1000, 'x'));
  body->taker().onEnd();
  EXPECT_EQ(data(response.get()), "1003");
}

TEST_F(Streams, ASinkMayRefuseOrAnswerEarlyAndIsTakenFromNoMore) {
  install("streams");
  start();
  for (const auto& [text, expected] : {std::pair("a!", "\"UNSUPPORTED_TYPE\""), std::pair("a?", "\"early\"")}) {
    const auto body = std::make_shared<HandBody>();
    auto response = open("/probe/upload", body);
    body->taker().onPiece(text);
    EXPECT_EQ(data(response.get()), expected);
    body->taker().onPiece("more that was on its way");
    body->taker().onEnd();
  }
}

TEST_F(Streams, ARefusalOfTheSinkIsItsAnswerAndNoneIsMissed) {
  install("streams");
  start();
  const auto log = (folder_ / "log").string();
  base::configureLog({.file = log});
  const auto body = std::make_shared<HandBody>();
  auto response = open("/probe/upload", body);
  body->taker().onPiece("a!");
  EXPECT_EQ(data(response.get()), "\"UNSUPPORTED_TYPE\"");
  EXPECT_TRUE(workers_.drain(Millis{30000}));
  base::configureLog({});
  std::ifstream lines(log);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(lines), {}), "");
}

TEST_F(Streams, NoByteIsTakenBeforeAccessIsGiven) {
  install("streams");
  start();
  const auto body = std::make_shared<HandBody>();
  EXPECT_EQ(data(open("/probe/upload", body, "refuse=1").get()), "\"FORBIDDEN\"");
  http::Request request;
  EXPECT_FALSE(body->isTaken());
  EXPECT_EQ(router_.find("POST", "/probe/upload").mode, http::BodyMode::Stream);
}

TEST_F(Streams, ASinkHearsThatTheClientHasGone) {
  install("streams");
  start();
  const auto body = std::make_shared<HandBody>();
  auto response = open("/probe/upload", body);
  body->taker().onPiece("abc");
  body->taker().onBroken();
  EXPECT_EQ(data(response.get()), "\"INTERNAL\"") << "the sink went without an answer; nobody reads this one";
  EXPECT_EQ(metric("parley_streams_broken"), 1);
}

TEST_F(Streams, AProducerIsReadToItsEnd) {
  install("streams");
  start();
  const auto response = open("/probe/download", nullptr, "", "GET").get();
  EXPECT_EQ(readAll(*response.source).size(), 3U * 65536);
}

TEST_F(Streams, SwitchingOffBreaksWhatWasBegunAndUnloads) {
  options_.disableDeadline = Millis{50};
  install("streams");
  start();
  const auto body = std::make_shared<HandBody>();
  auto upload = open("/probe/upload", body);
  body->taker().onPiece("abc");
  body->waitForDone(3);
  auto download = open("/probe/download", nullptr, "", "GET").get();
  host().apply([](const std::string&) { return false; });
  EXPECT_FALSE(isMapped("streams"));
  EXPECT_EQ(data(upload.get()), "\"FEATURE_DISABLED\"");
  EXPECT_EQ(readAll(*download.source), " failed");
  EXPECT_EQ(data(open("/probe/upload", std::make_shared<HandBody>()).get()), "\"FEATURE_DISABLED\"");
}

}  // namespace parley::plugin::test
