// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/counters.h"
#include "http/message.h"
#include "net/connection.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace parley::http {

/// Sends the response to one request. Copies share it; the first call counts, later ones are ignored; when every copy
/// is gone without a call, 500 is sent. Safe when the connection has ended meanwhile. [any thread]
class Responder {
 public:
  using Send = std::function<void(Response)>;
  explicit Responder(Send send);
  void operator()(Response response) const;
  /// Calls `gone` on the loop when the client goes away, or only ends its side (which looks the same until something is
  /// written), before the response was sent (a parked poll). A response that is sent all the same reaches a client
  /// that still reads. At most one. [loop]
  void onAbort(std::function<void()> gone) const;
  /// For the server: tells that the client has gone. [loop]
  void abort() const;
  /// abort as a function that does not keep the responder's state alive. [loop]
  std::function<void()> weakAbort() const;

 private:
  struct State;
  explicit Responder(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_;
};

/// When a route gets its request: with its whole body, or at once, with `Request::incoming` to take the body from.
enum class BodyMode { Whole, Stream };

/// What a route does with a request: answers now or later, never blocks. [loop]
using Handler = std::function<void(Request, Responder)>;

/// Takes over a connection that asked for `Upgrade: websocket`. The request's bytes have been consumed; nothing was
/// answered yet. To refuse: send an HTTP response and closeAfterFlush. [loop]
using UpgradeHandler = std::function<void(Request, std::shared_ptr<net::Connection>)>;

/// Method and path to handler. Segments are literal or `:name`; a trailing `*` takes the rest, which is the parameter
/// "*". A literal segment beats a parameter, whatever the order of registration; a path that has the method beats one
/// that has not. GET serves HEAD too. Lookups take an immutable snapshot, so routes come and go while requests run.
class Router {
 public:
  using RouteId = std::uint64_t;

  Router();
  ~Router();
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  /// Throws parley::Error CONFLICT when the method and pattern are taken. [any thread]
  RouteId add(std::string_view method, std::string_view pattern, Handler handler, BodyMode mode = BodyMode::Whole);
  RouteId addUpgrade(std::string_view pattern, UpgradeHandler handler);
  void remove(RouteId route);

  /// Method and pattern of every route, sorted; the method of one that takes an upgrade is "upgrade". [any thread]
  std::vector<std::pair<std::string, std::string>> list() const;

  struct Match {
    std::shared_ptr<const Handler> handler;
    BodyMode mode = BodyMode::Whole;
    std::shared_ptr<const UpgradeHandler> upgrade;
    base::CallCounter* calls = nullptr;  ///< of the handler's route; valid as long as the router
    std::vector<std::pair<std::string, std::string>> params;
    std::vector<std::string>
        allowed;  ///< methods the path has when `handler` is empty: 405; with none of them and no `upgrade`: 404
  };
  /// `path` is still percent-encoded; parameters come out decoded. [any thread]
  Match find(std::string_view method, std::string_view path) const;

  /// The requests of each route ("GET /api/chat/users"), answered and counted by the first digit of the status. [any
  /// thread]
  const base::CallBook& calls() const { return calls_; }
  /// Those that have no route.
  base::CallCounter& unrouted() const { return unrouted_; }

 private:
  struct Table;
  RouteId insert(std::string_view method, std::string_view pattern, BodyMode mode,
                 std::shared_ptr<const Handler> handler, std::shared_ptr<const UpgradeHandler> upgrade);
  std::mutex writing_;
  base::CallBook calls_;
  base::CallCounter& unrouted_ = calls_.of("other");
  std::shared_ptr<const Table> table_;  ///< read and written with std::atomic_load / atomic_store
  RouteId next_ = 1;
};

}  // namespace parley::http
