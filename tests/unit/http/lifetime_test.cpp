// SPDX-License-Identifier: Apache-2.0
// How connections begin, wait, stream and end.
#include "http_fixture.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace parley::http {

namespace {

const std::string getA = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";

/// Something that one thread leaves for another.
template <typename T>
class Box {
 public:
  void put(T value) {
    const std::lock_guard lock(mutex_);
    value_ = std::move(value);
    changed_.notify_all();
  }
  T take() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, std::chrono::seconds(20), [this] { return value_.has_value(); }))
      throw std::runtime_error("nothing came");
    return *std::exchange(value_, std::nullopt);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<T> value_;
};

/// Numbered lines, as many as wanted; every `waitEvery`th read has to wait for a wake-up from another thread.
class LineSource final : public BodySource {
 public:
  LineSource(int lines, int waitEvery, State end = State::End) : lines_(lines), waitEvery_(waitEvery), end_(end) {}
  ~LineSource() override {
    for (auto& thread : threads_) thread.join();
  }
  void start(std::function<void()> wake) override { wake_ = std::move(wake); }
  State read(std::string& out, std::size_t max) override {
    ++reads_;
    if (waitEvery_ > 0 && reads_ % waitEvery_ == 0) {
      threads_.emplace_back(wake_);
      return State::Wait;
    }
    while (made_ < lines_ && out.size() + 20 < max) out += "line " + std::to_string(made_++) + "\n";
    produced += out.size();
    return made_ == lines_ ? end_ : State::More;
  }
  static std::string all(int lines) {
    std::string text;
    for (int i = 0; i < lines; ++i) text += "line " + std::to_string(i) + "\n";
    return text;
  }

  std::atomic<std::size_t> produced{0};

 private:
  int lines_;
  int waitEvery_;
  State end_;
  int made_ = 0;
  int reads_ = 0;
  std::function<void()> wake_;
  std::vector<std::thread> threads_;
};

Handler streaming(std::shared_ptr<BodySource> source, const std::string& length = "") {
  return [source = std::move(source), length](const Request&, const Responder& respond) {
    Response response;
    response.headers.add("Content-Type", "text/plain");
    if (!length.empty()) response.headers.add("Content-Length", length);
    response.source = source;
    respond(std::move(response));
  };
}

}  // namespace

TEST_F(HttpTest, StreamsABodyOfUnknownLengthInChunks) {
  router_.add("GET", "/a", streaming(std::make_shared<LineSource>(20'000, 5)));
  router_.add("GET", "/b", answering("b"));
  start();
  auto peer = client();
  const auto reply = peer.ask(getA);
  EXPECT_EQ(reply.headers.get("Transfer-Encoding"), "chunked");
  EXPECT_TRUE(reply.body == LineSource::all(20'000));
  EXPECT_EQ(peer.ask("GET /b HTTP/1.1\r\nHost: x\r\n\r\n").body, "b");
}

TEST_F(HttpTest, StreamsToHttp10UntilTheConnectionEnds) {
  router_.add("GET", "/a", streaming(std::make_shared<LineSource>(100, 0)));
  start();
  auto peer = client();
  const auto reply = peer.ask("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_FALSE(reply.headers.has("Transfer-Encoding"));
  EXPECT_EQ(reply.headers.get("Connection"), "close");
  EXPECT_EQ(reply.body, LineSource::all(100));
}

TEST_F(HttpTest, StreamsWithALengthAsItIs) {
  const auto text = LineSource::all(3000);
  router_.add("GET", "/a", streaming(std::make_shared<LineSource>(3000, 2), std::to_string(text.size())));
  start();
  auto peer = client();
  EXPECT_EQ(peer.ask(getA).body, text);
}

TEST_F(HttpTest, AStreamThatFailsOrIsTooShortEndsTheConnection) {
  const auto size = LineSource::all(10).size();
  router_.add("GET", "/fails", streaming(std::make_shared<LineSource>(10, 0, BodySource::State::Failed)));
  router_.add("GET", "/short", streaming(std::make_shared<LineSource>(10, 0), std::to_string(size + 1)));
  router_.add("GET", "/long", streaming(std::make_shared<LineSource>(10, 0), std::to_string(size - 1)));
  start();
  for (const std::string path : {"/fails", "/short", "/long"}) {
    auto peer = client();
    peer.send("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
    const auto all = peer.untilEnd();
    EXPECT_EQ(all.find("\r\n0\r\n\r\n"), std::string::npos) << path;
    EXPECT_LT(all.size(), size + 1000) << path;
  }
}

TEST_F(HttpTest, AStreamWaitsForASlowReader) {
  const auto source = std::make_shared<LineSource>(2'000'000, 0);
  router_.add("GET", "/a", streaming(source));
  options_.listen.outputLimit = 200'000;
  options_.streamBuffer = 100'000;
  start();
  HttpClient peer(server_->port(), 4096);
  peer.send(getA);
  EXPECT_EQ(peer.until("\r\n\r\n").substr(9, 3), "200");
  // Others are served meanwhile, and again and again the stream stands still.
  auto other = client();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(other.ask("GET /x HTTP/1.1\r\nHost: x\r\n\r\n").status, 404);
  EXPECT_LT(source->produced, 20'000'000U) << "what the system's buffers take, not the whole";
}

TEST_F(HttpTest, APeerThatSendsRequestsAndNeverReadsIsHeldBack) {
  std::atomic<int> handled{0};
  router_.add("GET", "/a", [&](const Request&, const Responder& respond) {
    ++handled;
    respond(withText(std::string(10'000, 'x')));
  });
  options_.streamBuffer = 50'000;
  options_.listen.writeDeadline = Millis(200);
  start();
  HttpClient peer(server_->port(), 4096);
  std::string many;
  for (int i = 0; i < 20'000; ++i) many += getA;
  peer.send(many);
  while (handled == 0) std::this_thread::yield();
  // It is closed in the end, since it takes nothing.
  while (server_->connectionCount() != 0) std::this_thread::yield();
  EXPECT_LT(handled, 5000);
}

TEST_F(HttpTest, AnIdleConnectionEndsSilently) {
  options_.idleDeadline = Millis(30);
  router_.add("GET", "/a", answering("a"));
  start();
  auto peer = client();
  EXPECT_EQ(peer.ask(getA).body, "a");
  EXPECT_TRUE(peer.atEnd());
}

TEST_F(HttpTest, AConnectionThatNeverSpeaksEndsSilently) {
  options_.headDeadline = Millis(30);
  start();
  EXPECT_TRUE(client().atEnd());
}

TEST_F(HttpTest, AHeadThatDripsIsCutOff) {
  options_.headDeadline = Millis(60);
  start();
  auto peer = client();
  std::atomic<bool> done{false};
  std::thread drip([&] {
    peer.send("GET /a HTTP/1.1\r\nHost: x\r\nX-Long: ");
    while (!done) {
      peer.send("x");
      std::this_thread::sleep_for(Millis(5));
    }
  });
  const auto reply = peer.reply();
  done = true;
  drip.join();
  EXPECT_EQ(reply.status, 408);
  EXPECT_EQ(reply.headers.get("Connection"), "close");
}

TEST_F(HttpTest, ABodyThatDoesNotComeIsCutOff) {
  options_.bodyDeadline = Millis(40);
  router_.add("POST", "/a", echoing());
  start();
  auto peer = client();
  EXPECT_EQ(peer.ask("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf").status, 408);
  EXPECT_TRUE(peer.atEnd());
}

TEST_F(HttpTest, AParkedRequestHasNoDeadline) {
  options_.headDeadline = options_.bodyDeadline = options_.idleDeadline = Millis(20);
  Box<Responder> parked;
  router_.add("GET", "/a", [&](const Request&, const Responder& respond) { parked.put(respond); });
  start();
  auto peer = client();
  peer.send(getA);
  const auto respond = parked.take();
  Box<int> later;
  loops_.at(0).post([&] { loops_.at(0).after(Millis(100), [&] { later.put(1); }); });
  later.take();
  respond(withText("at last"));
  EXPECT_EQ(peer.reply().body, "at last");
}

TEST_F(HttpTest, AHalfClosedClientGetsItsAnswers) {
  router_.add("GET", "/a", answering("a"));
  start();
  auto peer = client();
  peer.send(getA + getA);
  peer.endOutput();
  EXPECT_EQ(peer.reply().body, "a");
  EXPECT_EQ(peer.reply().body, "a");
  EXPECT_TRUE(peer.atEnd());
}

TEST_F(HttpTest, HalfARequestThenTheEndIsNoRequest) {
  router_.add("GET", "/a", answering("a"));
  start();
  auto peer = client();
  peer.send(getA.substr(0, 20));
  peer.endOutput();
  EXPECT_TRUE(peer.atEnd());
}

TEST_F(HttpTest, AParkedRequestHearsThatItsClientHasGone) {
  for (const bool reset : {false, true}) {
    Box<Responder> parked;
    Box<bool> gone;
    const auto route = router_.add("GET", "/a", [&](const Request&, const Responder& respond) {
      respond.onAbort([&] { gone.put(true); });
      parked.put(respond);
    });
    if (!reset) start();
    auto peer = client();
    peer.send(getA);
    const auto respond = parked.take();
    reset ? peer.reset() : peer.close();
    EXPECT_TRUE(gone.take());
    respond(withText("nobody reads this"));
    while (server_->connectionCount() != 0) std::this_thread::yield();
    router_.remove(route);
  }
}

TEST_F(HttpTest, AnUpgradeHandsTheConnectionOverWithWhatIsLeft) {
  class Upper final : public net::ConnectionHandler {
   public:
    void onInput(net::Connection& connection) override {
      std::string text(connection.input());
      connection.consume(text.size());
      std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
      connection.send(std::move(text));
    }
    void onDeadline(net::Connection&) override { ADD_FAILURE() << "HTTP's deadlines ended with HTTP"; }
    void onClosed(net::Connection&, net::CloseReason) override {}
  };
  options_.headDeadline = Millis(20);
  router_.addUpgrade("/ws/:room", [this](const Request& request, const std::shared_ptr<net::Connection>& connection) {
    EXPECT_EQ(request.params.at(0).second, "lobby");
    EXPECT_FALSE(request.requestId.empty());
    auto& target = loops_.at(1 - connection->loop().index());
    connection->moveTo(target, [connection] {
      connection->send(std::string("HTTP/1.1 101 Switching Protocols\r\n\r\n"));
      connection->setHandler(std::make_unique<Upper>());
    });
  });
  start();
  auto peer = client();
  EXPECT_EQ(peer.ask("GET /ws/lobby HTTP/1.1\r\nHost: x\r\n\r\n").status, 426);
  const std::string old = "GET /ws/lobby HTTP/1.0\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
  EXPECT_EQ(client().ask(old).status, 426) << "RFC 9110 section 7.8";
  peer.send("GET /ws/lobby HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\nearly");
  EXPECT_EQ(peer.until("\r\n\r\n").substr(9, 3), "101");
  EXPECT_EQ(peer.exactly(5), "EARLY");
  Box<int> later;
  loops_.at(0).post([&] { loops_.at(0).after(Millis(60), [&] { later.put(1); }); });
  later.take();
  peer.send("late");
  EXPECT_EQ(peer.exactly(4), "LATE");
  server_->drain();
  server_->closeAll();
  peer.send("still");
  EXPECT_EQ(peer.exactly(5), "STILL") << "an upgraded connection is not HTTP's to end";
}

TEST_F(HttpTest, DrainingEndsIdleConnectionsAndLetsRunningRequestsFinish) {
  Box<Responder> parked;
  router_.add("GET", "/a", answering("a"));
  router_.add("GET", "/parked", [&](const Request&, const Responder& respond) { parked.put(respond); });
  start();
  auto idle = client();
  auto busy = client();
  EXPECT_EQ(idle.ask(getA).body, "a");
  busy.send("GET /parked HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto respond = parked.take();
  server_->drain();
  EXPECT_TRUE(idle.atEnd());
  EXPECT_THROW(client(), std::runtime_error);
  respond(withText("done"));
  const auto reply = busy.reply();
  EXPECT_EQ(reply.body, "done");
  EXPECT_EQ(reply.headers.get("Connection"), "close");
  EXPECT_TRUE(busy.atEnd());
}

TEST_F(HttpTest, CloseAllEndsWhateverIsRunning) {
  Box<Responder> parked;
  router_.add("GET", "/parked", [&](const Request&, const Responder& respond) { parked.put(respond); });
  start();
  auto busy = client();
  busy.send("GET /parked HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto respond = parked.take();
  server_->closeAll();
  EXPECT_TRUE(busy.atEnd());
  respond(withText("too late"));
}

TEST_F(HttpTest, ReloadChangesLimitsForRequestsToCome) {
  router_.add("POST", "/a", echoing());
  start();
  auto peer = client();
  const std::string request = "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody";
  EXPECT_EQ(peer.ask(request).status, 200);
  options_.limits.maxBody = 3;
  server_->reload(options_);
  EXPECT_EQ(peer.ask(request).status, 413);
}

TEST_F(HttpTest, RoutesComeAndGoWhileRequestsRun) {
  router_.add("GET", "/a", answering("a"));
  start();
  std::atomic<bool> done{false};
  std::thread changer([&] {
    while (!done) router_.remove(router_.add("GET", "/b", answering("b")));
  });
  auto peer = client();
  for (int i = 0; i < 500; ++i) {
    EXPECT_EQ(peer.ask(getA).body, "a");
    const auto status = peer.ask("GET /b HTTP/1.1\r\nHost: x\r\n\r\n").status;
    EXPECT_TRUE(status == 200 || status == 404);
  }
  done = true;
  changer.join();
}

TEST_F(HttpTest, ResponsesFromManyThreadsReachTheirClients) {
  Box<Responder> next;
  std::vector<std::thread> workers;
  std::mutex mutex;
  router_.add("GET", "/a", [&](const Request& request, const Responder& respond) {
    const std::lock_guard lock(mutex);
    workers.emplace_back([respond, text = request.query] { respond(withText(text)); });
  });
  start();
  std::vector<std::thread> clients;
  for (int c = 0; c < 8; ++c)
    clients.emplace_back([this, c] {
      auto peer = client();
      for (int i = 0; i < 40; ++i) {
        const auto text = std::to_string(c) + "-" + std::to_string(i);
        EXPECT_EQ(peer.ask("GET /a?" + text + " HTTP/1.1\r\nHost: x\r\n\r\n").body, text);
      }
    });
  for (auto& one : clients) one.join();
  loops_.stop();
  for (auto& one : workers) one.join();
}

}  // namespace parley::http
