// SPDX-License-Identifier: Apache-2.0
// Bodies that a route takes as they come.
#include "http_fixture.h"

#include <condition_variable>
#include <mutex>

namespace parley::http {

namespace {

/// Keeps what is told; acknowledges at once, or when the test says so.
class Recorder final : public IncomingBody::Taker {
 public:
  Recorder(std::shared_ptr<IncomingBody> body, Responder respond, bool acknowledges)
      : body_(std::move(body)), respond_(std::move(respond)), acknowledges_(acknowledges) {}

  void onPiece(std::string piece) override {
    note([&] { text_ += piece; });
    if (acknowledges_) body_->done(piece.size());
  }
  void onEnd() override {
    note([&] { end_ = "complete"; });
    if (acknowledges_) respond_(withText(std::to_string(size())));
  }
  void onBroken() override {
    note([&] { end_ = "broken"; });
  }

  void answer(Response response) const { respond_(std::move(response)); }
  void acknowledge(std::size_t bytes) const { body_->done(bytes); }
  std::size_t size() {
    const std::lock_guard lock(mutex_);
    return text_.size();
  }
  std::string text() {
    const std::lock_guard lock(mutex_);
    return text_;
  }
  void waitForSize(std::size_t size) {
    wait([&] { return text_.size() >= size; });
  }
  std::string waitForEnd() {
    wait([&] { return !end_.empty(); });
    return end_;
  }

 private:
  template <typename F>
  void note(F&& change) {
    const std::lock_guard lock(mutex_);
    change();
    changed_.notify_all();
  }
  template <typename F>
  void wait(F&& condition) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, std::chrono::seconds(20), condition)) throw std::runtime_error("nothing came");
  }

  std::shared_ptr<IncomingBody> body_;
  Responder respond_;
  bool acknowledges_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string text_;
  std::string end_;
};

class BodyStream : public HttpTest {
 protected:
  /// POST /s is taken by a Recorder, POST /early answered before any of its body; GET /a answers "a".
  void open(bool acknowledges = true) {
    router_.add("GET", "/a", answering("a"));
    router_.add(
        "POST", "/s",
        [this, acknowledges](const Request& request, const Responder& respond) {
          const auto taker = std::make_shared<Recorder>(request.incoming, respond, acknowledges);
          request.incoming->take(taker);
          const std::lock_guard lock(mutex_);
          taker_ = taker;
          begun_.notify_all();
        },
        BodyMode::Stream);
    router_.add(
        "POST", "/early", [](const Request&, const Responder& respond) { respond(withText("enough", 413)); },
        BodyMode::Stream);
    start();
  }
  std::shared_ptr<Recorder> taker() {
    std::unique_lock lock(mutex_);
    if (!begun_.wait_for(lock, std::chrono::seconds(20), [this] { return taker_ != nullptr; }))
      throw std::runtime_error("no request came");
    return std::exchange(taker_, nullptr);
  }
  static std::string post(const std::string& path, const std::string& fields, const std::string& body = {}) {
    return "POST " + path + " HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n\r\n" + body;
  }

  const std::string getA = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";

 private:
  std::mutex mutex_;
  std::condition_variable begun_;
  std::shared_ptr<Recorder> taker_;
};

}  // namespace

TEST_F(BodyStream, TakesABodyBeyondTheLimitOfWholeOnes) {
  options_.limits.maxBody = 100;
  open();
  const std::string body(3'000'000, 'x');
  auto peer = client();
  EXPECT_EQ(peer.ask(post("/s", "Content-Length: 3000000", body) + getA).body, "3000000");
  EXPECT_EQ(peer.reply().body, "a") << "the pipelined request behind it";
  EXPECT_TRUE(taker()->text() == body);
  EXPECT_EQ(
      peer.ask(post("/s", "Transfer-Encoding: chunked", "3;x=1\r\nabc\r\n4\r\ndefg\r\n0\r\nT: 1\r\n\r\n") + getA).body,
      "7");
  EXPECT_EQ(peer.reply().body, "a");
  EXPECT_EQ(taker()->text(), "abcdefg");
}

TEST_F(BodyStream, AnEmptyBodyEndsAtOnce) {
  open();
  auto peer = client();
  EXPECT_EQ(peer.ask(post("/s", "Content-Length: 0")).body, "0");
  EXPECT_EQ(peer.ask(post("/s", "Transfer-Encoding: chunked", "0\r\n\r\n")).body, "0");
  EXPECT_EQ(peer.ask(getA).body, "a");
}

TEST_F(BodyStream, ReadsNoMoreThanTheWindowBeforeItIsDoneWith) {
  options_.bodyWindow = 10'000;
  options_.listen.inputLimit = 5'000;
  options_.streamDeadline = Millis(50);
  open(false);
  HttpClient peer(server_->port());
  const std::string body(200'000, 'x');
  std::thread sender([&] { peer.send(post("/s", "Content-Length: 200000", body)); });
  const auto taken = taker();
  std::size_t acknowledged = 0;
  while (acknowledged < body.size()) {
    // A full window is nobody's fault: no deadline ends the connection however long it takes.
    taken->waitForSize(std::min(body.size(), acknowledged + options_.bodyWindow));
    const auto size = taken->size();
    EXPECT_LE(size, acknowledged + options_.bodyWindow + options_.limits.maxHead + 2);
    taken->acknowledge(size - acknowledged);
    acknowledged = size;
  }
  sender.join();
  EXPECT_EQ(taken->waitForEnd(), "complete");
  taken->answer(withText("done"));
  EXPECT_EQ(peer.reply().body, "done");
}

TEST_F(BodyStream, AsksForTheBodyOnlyWhenItIsTaken) {
  open();
  auto peer = client();
  EXPECT_EQ(peer.ask(post("/s", "Content-Length: 5\r\nExpect: 100-continue")).status, 100);
  EXPECT_EQ(peer.ask("hello").body, "5");
  // Refused without it: the client may send the body or not, so the connection ends.
  const auto refused = peer.ask(post("/early", "Content-Length: 5\r\nExpect: 100-continue"));
  EXPECT_EQ(refused.status, 413);
  EXPECT_EQ(refused.headers.get("Connection"), "close");
}

TEST_F(BodyStream, AnEarlyAnswerDiscardsASmallRestAndIsNoWayToSmuggle) {
  options_.maxDiscard = 1000;
  open();
  auto peer = client();
  const std::string trap = "GET /trap HTTP/1.1\r\nHost: x\r\n\r\n";
  peer.send(post("/early", "Content-Length: " + std::to_string(trap.size()), trap) + getA);
  EXPECT_EQ(peer.reply().status, 413);
  EXPECT_EQ(peer.reply().body, "a") << "what follows the body, not what is in it";

  peer.send(post("/early", "Content-Length: 1001", std::string(10, 'x') + trap));
  const auto refused = peer.reply();
  EXPECT_EQ(refused.status, 413);
  EXPECT_EQ(refused.headers.get("Connection"), "close");
  EXPECT_EQ(peer.untilEnd(), "");

  auto chunked = client();
  EXPECT_EQ(chunked.ask(post("/early", "Transfer-Encoding: chunked", "3\r\nabc\r\n")).headers.get("Connection"),
            "close");
  EXPECT_EQ(chunked.untilEnd(), "");
}

TEST_F(BodyStream, TheRestThatIsDiscardedMayComeLater) {
  open();
  auto peer = client();
  EXPECT_EQ(peer.ask(post("/early", "Content-Length: 10", "abc")).status, 413);
  EXPECT_EQ(peer.ask("defghij" + getA).body, "a");
}

TEST_F(BodyStream, TellsWhenTheClientGoesAwayHalfWay) {
  open();
  {
    auto peer = client();
    peer.send(post("/s", "Content-Length: 10", "abc"));
    const auto taken = taker();
    taken->waitForSize(3);
    peer.close();
    EXPECT_EQ(taken->waitForEnd(), "broken");
    taken->answer(withText("nobody hears it"));
  }
  auto halfClosed = client();
  halfClosed.send(post("/s", "Content-Length: 3", "abc"));
  halfClosed.endOutput();
  EXPECT_EQ(halfClosed.reply().body, "3") << "a client that only ends its side gets its answer";
}

TEST_F(BodyStream, ABodyThatDoesNotComeInTimeIsA408) {
  options_.streamDeadline = Millis(40);
  open();
  auto peer = client();
  peer.send(post("/s", "Content-Length: 10", "abc"));
  EXPECT_EQ(peer.reply().status, 408);
  EXPECT_EQ(taker()->waitForEnd(), "broken");
  EXPECT_EQ(peer.untilEnd(), "");
}

TEST_F(BodyStream, AMalformedChunkIsA400) {
  open();
  auto peer = client();
  peer.send(post("/s", "Transfer-Encoding: chunked", "3\r\nabc\r\nxyz\r\n"));
  EXPECT_EQ(peer.reply().status, 400);
  const auto taken = taker();
  EXPECT_EQ(taken->waitForEnd(), "broken");
  EXPECT_EQ(taken->text(), "abc");
}

TEST_F(BodyStream, TheAnswerMayComeBeforeTheBodyWasTakenToItsEnd) {
  options_.maxDiscard = 0;
  open(false);
  auto peer = client();
  peer.send(post("/s", "Content-Length: 1000", "abc"));
  const auto taken = taker();
  taken->waitForSize(3);
  taken->answer(withText("no more", 415));
  taken->acknowledge(3);
  const auto reply = peer.reply();
  EXPECT_EQ(reply.status, 415);
  EXPECT_EQ(reply.headers.get("Connection"), "close");
  EXPECT_EQ(peer.untilEnd(), "");
}

TEST_F(BodyStream, APreflightIsTheServersOwnEvenWhereARouteTakesOptions) {
  router_.add("OPTIONS", "/o", answering("mine"));
  cors_.reload({{"https://page"}, false, 600});
  open();
  auto peer = client();
  EXPECT_EQ(peer.ask("OPTIONS /o HTTP/1.1\r\nHost: x\r\n\r\n").body, "mine");
  const auto reply = peer.ask(
      "OPTIONS /o HTTP/1.1\r\nHost: x\r\nOrigin: https://page\r\nAccess-Control-Request-Method: PATCH\r\n\r\n");
  EXPECT_EQ(reply.status, 204);
  EXPECT_TRUE(reply.headers.hasToken("Access-Control-Allow-Methods", "PATCH"));
}

}  // namespace parley::http
