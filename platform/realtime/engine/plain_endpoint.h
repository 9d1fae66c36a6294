// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/router.h"
#include "realtime/engine/engine.h"
#include "realtime/engine/session_homes.h"

#include <memory>
#include <string>

namespace parley::realtime {

struct PlainOptions {
  std::string path = "/ws";
  SessionOptions sessions = {};
};

/// Sessions over a bare WebSocket: a message is a text message, heartbeats are ping frames. Must outlive the threads of
/// the loops.
class PlainEndpoint {
 public:
  PlainEndpoint(const PlainOptions& options, net::EventLoops& loops, http::Router& router, OriginCheck originAllowed,
                SessionFactory factory);
  ~PlainEndpoint();
  PlainEndpoint(const PlainEndpoint&) = delete;
  PlainEndpoint& operator=(const PlainEndpoint&) = delete;

  /// Refuses new sessions (503) and closes all there are. [any thread]
  void closeAll(const std::string& reason) { homes_.closeAll(reason); }
  /// [any thread]
  std::size_t sessionCount() const { return homes_.count(); }
  const SessionCounts& counts() const { return homes_.counts(); }

 private:
  void onUpgrade(const http::Request& request, net::Connection& connection);

  http::Router& router_;
  OriginCheck originAllowed_;
  SessionFactory factory_;
  SessionHomes homes_;
  std::vector<http::Router::RouteId> routes_;
};

}  // namespace parley::realtime
