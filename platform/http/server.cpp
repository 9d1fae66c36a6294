// SPDX-License-Identifier: Apache-2.0
#include "http/server.h"

#include "http/http_connection.h"

#include <algorithm>
#include <atomic>
#include <unordered_set>
#include <utility>
#include <vector>

namespace parley::http {

/// Shared by the server and its connections, so that these may end after it.
class Server::Core final : public ConnectionHost, public std::enable_shared_from_this<Core> {
 public:
  Core(net::EventLoops& loops, const Router& router, const Cors& cors, const ServerOptions& options)
      : router_(router),
        cors_(cors),
        options_(std::make_shared<const ServerOptions>(options)),
        perLoop_(loops.size()) {}

  std::shared_ptr<const ServerOptions> options() const override { return std::atomic_load(&options_); }
  const Router& router() const override { return router_; }
  const Cors& cors() const override { return cors_; }
  bool isDraining() const override { return draining_.load(std::memory_order_relaxed); }
  void forget(HttpConnection& connection, std::size_t loop) override { perLoop_[loop].erase(&connection); }

  /// [loop]
  std::unique_ptr<net::ConnectionHandler> adopt(net::Connection& connection) {
    auto adopted = std::make_unique<HttpConnection>(shared_from_this(), connection);
    perLoop_[connection.loop().index()].insert(adopted.get());
    return adopted;
  }
  void forEach(std::size_t loop, void (HttpConnection::*action)()) {
    const auto connections = perLoop_[loop];
    for (auto* connection : connections) (connection->*action)();
  }
  void setOptions(const ServerOptions& options) {
    std::atomic_store(&options_, std::make_shared<const ServerOptions>(options));
  }
  void setDraining() { draining_ = true; }

 private:
  const Router& router_;
  const Cors& cors_;
  std::shared_ptr<const ServerOptions> options_;              ///< read and written with std::atomic_load / atomic_store
  std::vector<std::unordered_set<HttpConnection*>> perLoop_;  ///< each touched on its own loop alone
  std::atomic<bool> draining_{false};
};

namespace {

/// A head is parsed in the input buffer, so it must fit.
net::ListenerOptions listenerOptions(const ServerOptions& options) {
  auto listen = options.listen;
  listen.inputLimit = std::max(listen.inputLimit, options.limits.maxHead + 2);
  return listen;
}

}  // namespace

Server::Server(net::EventLoops& loops, Router& router, const Cors& cors, const ServerOptions& options)
    : core_(std::make_shared<Core>(loops, router, cors, options)),
      listener_(std::make_unique<net::Listener>(
          loops, listenerOptions(options),
          [core = core_](net::Connection& connection) { return core->adopt(connection); })),
      loops_(loops) {}

Server::~Server() = default;

void Server::start() {
  listener_->start();
}

std::uint16_t Server::port() const {
  return listener_->port();
}

std::size_t Server::connectionCount() const {
  return listener_->connectionCount();
}

net::ListenerFigures Server::listenerFigures() const {
  return listener_->figures();
}

void Server::onEachLoop(void (HttpConnection::*action)()) {
  for (std::size_t i = 0; i < loops_.size(); ++i)
    loops_.at(i).post([core = core_, i, action] { core->forEach(i, action); });
}

void Server::drain() {
  listener_->stopAccepting();
  core_->setDraining();
  onEachLoop(&HttpConnection::drain);
}

void Server::closeAll() {
  onEachLoop(&HttpConnection::close);
}

void Server::reload(const ServerOptions& options) {
  listener_->reload(listenerOptions(options));
  core_->setOptions(options);
}

}  // namespace parley::http
