// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/cors.h"
#include "http/server.h"
#include "realtime/engine/engine.h"
#include "realtime/engine/plain_endpoint.h"
#include "test_client.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <future>
#include <mutex>

namespace parley::realtime {

/// What happened to sessions, in order; written on the loops, read by the test.
class Journal {
 public:
  void add(const std::string& line) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(line);
    changed_.notify_all();
  }
  /// Waits until there are that many lines.
  std::vector<std::string> waitFor(std::size_t count) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, std::chrono::seconds(10), [&] { return lines_.size() >= count; })) {
      throw std::runtime_error("only " + std::to_string(lines_.size()) + " lines came");
    }
    return lines_;
  }
  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return lines_.size();
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
};

/// A server with an Engine and a PlainEndpoint on two loops, so that requests of one session come in on both.
/// Its handler answers "echo X" with X, sends bytes back, and otherwise writes the journal.
class EngineFixture : public testing::Test {
 protected:
  EngineFixture() : loops_(2) {}
  ~EngineFixture() override {
    if (server_) loops_.stop();
  }

  void start(const EngineOptions& options = {}, const PlainOptions& plain = {}) {
    const OriginCheck origin = [](const http::Request& request) {
      return request.headers.get("Origin") != "http://evil";
    };
    const SessionFactory factory = [this](Session& session, const http::Request& handshake) {
      return makeHandler(session, handshake);
    };
    server_ = std::make_unique<http::Server>(loops_, router_, cors_, http::ServerOptions{});
    engine_ = std::make_unique<Engine>(options, loops_, router_, origin, factory);
    plain_ = std::make_unique<PlainEndpoint>(plain, loops_, router_, origin, factory);
    loops_.start();
    server_->start();
  }

  std::uint16_t port() const { return server_->port(); }
  /// Opens a session on polling; returns the target of its requests.
  std::string openPolling(TestClient& client);
  /// Opens a session on a WebSocket; returns its id.
  static std::string openDirect(TestClient& client);
  /// The session that was opened last.
  std::shared_ptr<Session> session() {
    const std::lock_guard lock(mutex_);
    return last_;
  }
  /// Its handshake.
  http::Request handshake() {
    const std::lock_guard lock(mutex_);
    return lastHandshake_;
  }
  /// Runs something on the loop of a session and waits for it.
  static void onLoop(const std::shared_ptr<Session>& session, const std::function<void()>& task) {
    std::promise<void> done;
    session->loop().post([&] {
      task();
      done.set_value();
    });
    done.get_future().get();
  }
  static SharedMessage message(const std::string& text, OutMessage::Framing framing = OutMessage::Framing::EngineIo) {
    return std::make_shared<const OutMessage>(framing, text);
  }

  Journal journal_;
  net::EventLoops loops_;
  http::Router router_;
  http::Cors cors_;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<PlainEndpoint> plain_;

 private:
  class Handler;
  std::unique_ptr<SessionHandler> makeHandler(Session& session, const http::Request& handshake);

  std::mutex mutex_;
  std::shared_ptr<Session> last_;
  http::Request lastHandshake_;
};

}  // namespace parley::realtime
