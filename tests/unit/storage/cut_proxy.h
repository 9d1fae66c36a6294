// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace parley::storage {

/// A way to a server on this machine that can be cut, held up, and made to lose an answer.
class CutProxy {
 public:
  explicit CutProxy(std::uint16_t serverPort);
  ~CutProxy();
  CutProxy(const CutProxy&) = delete;
  CutProxy& operator=(const CutProxy&) = delete;

  std::uint16_t port() const { return port_; }

  /// Ends all connections and lets none in.
  void cut();
  /// Nothing comes through any more, and nobody is told.
  void holdUp() { state_ = State::Held; }
  /// As in the beginning, for new connections.
  void restore();
  /// The next request with this word in it gets to the server; its answer is lost with the connection.
  void loseAnswerTo(const std::string& word);

 private:
  enum class State { Open, Cut, Held };
  struct Pair {
    Pair(int clientSocket, int serverSocket) : client(clientSocket), server(serverSocket) {}
    int client;
    int server;
    std::atomic<bool> losing = false;
  };

  void acceptAll();
  void pump(Pair& pair, bool toServer);
  bool isToBeLost(std::string_view request);

  std::uint16_t serverPort_;
  std::uint16_t port_ = 0;
  int listener_ = -1;
  std::atomic<State> state_ = State::Open;
  std::mutex mutex_;
  std::string losing_;
  std::vector<std::unique_ptr<Pair>> pairs_;
  std::vector<std::thread> pumps_;
  std::thread accepting_;
};

}  // namespace parley::storage
