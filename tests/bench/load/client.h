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

double millisecondsSince(Steady::time_point begin);

/// To whom a client sends: a user, or all in a session.
std::string toUser(const std::string& id);
std::string toSession(const std::string& id);

class Client;
class Load;

/// What a scenario hears of its clients.
class Scenario {
 public:
  virtual ~Scenario() = default;
  /// A message of this client was acknowledged, with `answer`, after so many milliseconds.
  virtual void acknowledged(Client& /*client*/, std::string_view /*answer*/, double /*after*/) {}
  /// `text` is the whole packet of a `message:receive`.
  virtual void received(Client& /*client*/, std::string_view /*text*/) {}
};

/// One user on one connection: Socket.IO over WebSocket, by hand.
class Client {
 public:
  enum class State { Connecting, Upgrading, Opening, Entering, Joining, Ready };

  Client(Load& load, std::size_t index, std::string id, std::string target)
      : load_(load), index_(index), id_(std::move(id)), target_(std::move(target)) {}
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Begins to connect; the rest goes on in onEvents, up to Ready.
  void connect(int port, int epoll);
  void onEvents(std::uint32_t events);

  void setTarget(std::string target) { target_ = std::move(target); }
  /// A message to the target. What is sent in one turn of the load leaves in one system call.
  void sendMessage();
  /// Any other event, without an acknowledgement.
  void emit(std::string_view event, std::string_view data);
  void flush();

  std::size_t index() const { return index_; }  ///< in the order of Load::add
  const std::string& id() const { return id_; }
  State state() const { return state_; }
  std::uint64_t statuses() const { return statuses_; }  ///< `user:status` events
  std::size_t underWay() const { return sentAt_.size(); }
  double joinedAfter() const { return joinedAfter_; }  ///< from connect() to Ready, in ms

 private:
  void onConnected();
  void onReadable();
  std::size_t take(std::string_view bytes);
  void onText(std::string_view text);
  void onAcknowledged(std::string_view text);
  void queue(std::string_view text);
  void write(std::string_view bytes) const;

  Load& load_;
  std::size_t index_;
  std::string id_;
  std::string target_;
  int fd_ = -1;
  int epoll_ = -1;
  State state_ = State::Connecting;
  std::string input_;
  std::string output_;
  std::uint64_t count_ = 0;
  std::uint64_t statuses_ = 0;
  std::deque<Steady::time_point> sentAt_;
  Steady::time_point begin_;
  double joinedAfter_ = 0;
};

/// Any number of them in one thread.
class Load {
 public:
  explicit Load(int port, Scenario* scenario = nullptr);
  ~Load();
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  void hear(Scenario& scenario) { scenario_ = &scenario; }
  Client& add(const std::string& id, const std::string& target = {});
  /// Closes the client's connection and opens it anew, as the same user.
  void reconnect(std::size_t index);
  /// One round of waiting; false when nothing came.
  bool turn(std::chrono::nanoseconds timeout);
  /// Turns for so long.
  void run(std::chrono::duration<double> time);
  /// Until at most `ahead` clients are still on their way in.
  void untilReady(std::size_t ahead = 0);
  /// Until nothing has come for half a second: what the clients' arrival caused is over.
  void untilQuiet();
  /// Until no message is unacknowledged, and what they caused is over.
  void untilAnswered();

  std::size_t waiting() const { return waiting_; }
  std::size_t underWay() const;
  std::vector<std::unique_ptr<Client>>& clients() { return clients_; }
  Client& operator[](std::size_t index) { return *clients_[index]; }

 private:
  friend class Client;

  int port_;
  int epoll_;
  Scenario* scenario_;
  std::size_t waiting_ = 0;
  std::vector<Client*> toFlush_;
  std::vector<std::unique_ptr<Client>> clients_;
};

/// A blocking connection to the server.
int connectTo(int port);

/// A request of its own connection; the whole answer.
std::string post(int port, const std::string& path, const std::string& json);

/// Makes a group of all clients of the load, who may be online or not; its id.
std::string makeGroup(int port, const std::vector<std::string>& members);

/// The value of `"name":"…"` in JSON text, where it comes first; empty without one.
std::string_view fieldOf(std::string_view json, std::string_view name);

}  // namespace bench
