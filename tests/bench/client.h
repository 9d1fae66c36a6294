// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

using Steady = std::chrono::steady_clock;

/// Ends the program.
[[noreturn]] void die(const std::string& what);

double percentile(const std::vector<double>& sorted, double part);

/// To whom a client sends: a user, or all in a session.
std::string toUser(const std::string& id);
std::string toSession(const std::string& id);

/// One user on one connection: Socket.IO over WebSocket, by hand.
class Client {
 public:
  enum class State { Connecting, Upgrading, Opening, Entering, Joining, Ready };

  Client(std::string id, std::string target) : id_(std::move(id)), target_(std::move(target)) {}
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Begins to connect; the rest goes on in onEvents, up to Ready.
  void connect(int port, int epoll);
  void onEvents(std::uint32_t events);

  /// Keeps `window` messages under way until stop().
  void startSending(std::size_t window);
  void stop() { sending_ = false; }

  State state() const { return state_; }
  std::uint64_t acknowledged() const { return acknowledged_; }
  std::uint64_t received() const { return received_; }
  std::uint64_t statuses() const { return statuses_; }  ///< `user:status` events
  std::size_t underWay() const { return sentAt_.size(); }
  const std::vector<double>& latencies() const { return latencies_; }  ///< of messages, in ms
  double joinedAfter() const { return joinedAfter_; }                  ///< from connect() to Ready, in ms

 private:
  void onConnected();
  void onReadable();
  bool takeOne(std::size_t& at);
  void onText(std::string_view text);
  void onAcknowledged(std::string_view text);
  void sendMessage();
  void queue(std::string_view text);
  void flush();
  void write(std::string_view bytes) const;

  std::string id_;
  std::string target_;
  int fd_ = -1;
  int epoll_ = -1;
  State state_ = State::Connecting;
  bool sending_ = false;
  std::string input_;
  std::string output_;
  std::uint64_t count_ = 0;
  std::uint64_t acknowledged_ = 0;
  std::uint64_t received_ = 0;
  std::uint64_t statuses_ = 0;
  std::deque<Steady::time_point> sentAt_;
  std::vector<double> latencies_;
  Steady::time_point begin_;
  double joinedAfter_ = 0;
};

/// Any number of them in one thread.
class Load {
 public:
  Load();
  ~Load();
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  Client& add(int port, const std::string& id, const std::string& target);
  /// One round of waiting; false when standard input (watched on request) has ended.
  bool turn(int timeoutMs);
  void watchInput();
  /// Until at most `ahead` clients are still on their way in.
  void untilReady(std::size_t ahead);
  std::size_t waiting() const;

  std::vector<std::unique_ptr<Client>>& clients() { return clients_; }

 private:
  int epoll_;
  std::vector<std::unique_ptr<Client>> clients_;
};

/// A request of its own connection; the whole answer.
std::string post(int port, const std::string& path, const std::string& json);

/// `load PORT storm N SECONDS`.
int storm(int port, int count, int seconds);

}  // namespace bench
