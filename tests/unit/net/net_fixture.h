// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "net/listener.h"
#include "test_client.h"

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace parley::net {

/// For conditions that another thread brings about and that have no note of their own.
template <typename Condition>
bool eventually(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

/// Notes that a loop writes and the test reads in order.
class Journal {
 public:
  void note(std::string what) {
    const std::lock_guard lock(mutex_);
    notes_.push_back(std::move(what));
    changed_.notify_all();
  }
  /// The next note; a test that waits in vain fails.
  std::string next() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, std::chrono::seconds(20), [this] { return !notes_.empty(); })) return "nothing";
    auto note = std::move(notes_.front());
    notes_.pop_front();
    return note;
  }
  bool empty() {
    const std::lock_guard lock(mutex_);
    return notes_.empty();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> notes_;
};

inline std::string nameOf(CloseReason reason) {
  switch (reason) {
    case CloseReason::PeerClosed: return "peer closed";
    case CloseReason::PeerReset: return "peer reset";
    case CloseReason::Timeout: return "timeout";
    case CloseReason::OutputLimit: return "output limit";
    case CloseReason::ProtocolError: return "protocol error";
    case CloseReason::Local: return "local";
    case CloseReason::Shutdown: return "shutdown";
  }
  return "?";
}

/// A handler made of functions; what is not given does the usual thing.
struct Script {
  std::function<void(Connection&)> opened;
  std::function<void(Connection&)> input;
  std::function<void(Connection&)> inputEnd;
  std::function<void(Connection&)> written;
  std::function<void(Connection&)> deadline;
};

class ScriptedHandler final : public ConnectionHandler {
 public:
  ScriptedHandler(Script script, Journal& journal) : script_(std::move(script)), journal_(journal) {}

  void onInput(Connection& connection) override {
    if (script_.input) return script_.input(connection);
    connection.send(std::string(connection.input()));
    connection.consume(connection.input().size());
  }
  void onInputEnd(Connection& connection) override {
    if (script_.inputEnd) return script_.inputEnd(connection);
    ConnectionHandler::onInputEnd(connection);
  }
  void onWritten(Connection& connection) override {
    if (script_.written) script_.written(connection);
  }
  void onDeadline(Connection& connection) override {
    if (script_.deadline) script_.deadline(connection);
  }
  void onClosed(Connection& /*connection*/, CloseReason reason) override { journal_.note("closed: " + nameOf(reason)); }

 private:
  Script script_;
  Journal& journal_;
};

/// Loops and a listener whose connections follow `script_`.
class NetTest : public ::testing::Test {
 protected:
  ~NetTest() override {
    listener_.reset();
    loops_.stop();
  }

  void start() {
    listener_ = std::make_unique<Listener>(loops_, options_, [this](Connection& connection) {
      {
        const std::lock_guard lock(mutex_);
        latest_ = connection.shared_from_this();
      }
      if (script_.opened) script_.opened(connection);
      return std::make_unique<ScriptedHandler>(script_, journal_);
    });
    loops_.start();
    listener_->start();
  }
  TestClient client(int receiveBuffer = 0) const { return TestClient(listener_->port(), receiveBuffer); }

  /// Runs on the loop of the connection that was opened last.
  void onLoop(const std::function<void(Connection&)>& work) {
    std::shared_ptr<Connection> connection;
    {
      const std::lock_guard lock(mutex_);
      connection = latest_.lock();
    }
    ASSERT_TRUE(connection);
    connection->loop().runAndWait([&] { work(*connection); });
  }

  EventLoops loops_{2};
  ListenerOptions options_;
  Script script_;
  Journal journal_;
  std::unique_ptr<Listener> listener_;
  std::mutex mutex_;
  std::weak_ptr<Connection> latest_;
};

}  // namespace parley::net
