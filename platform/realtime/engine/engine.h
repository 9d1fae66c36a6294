// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/router.h"
#include "realtime/engine/session_homes.h"

#include <memory>
#include <string>

namespace parley::realtime {

class EngineSession;
enum class EngineError;

/// Whether a request from a browser may come from where it comes (its Origin against the CORS settings). [loop]
using OriginCheck = std::function<bool(const http::Request&)>;

struct EngineOptions {
  std::string path = "/socket.io/";
  bool polling = true;
  bool webSocket = true;
  Millis upgradeTimeout{10000};
  SessionOptions sessions = {};
};

/// Engine.IO protocol 4: long-polling, WebSocket, and the upgrade from one to the other. A session lives on the loop of
/// its handshake: requests that come in on another are posted there, WebSocket connections move there. Must outlive the
/// threads of the loops.
class Engine {
 public:
  Engine(const EngineOptions& options, net::EventLoops& loops, http::Router& router, OriginCheck originAllowed,
         SessionFactory factory);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Refuses new sessions (503) and closes all there are. [any thread]
  void closeAll(const std::string& reason) { homes_.closeAll(reason); }
  /// [any thread]
  std::size_t sessionCount() const { return homes_.count(); }
  const SessionCounts& counts() const { return homes_.counts(); }

 private:
  using ConnectionPtr = std::shared_ptr<net::Connection>;
  void onRequest(http::Request request, const http::Responder& respond);
  void onHandshake(const http::Request& request, const http::Responder& respond);
  void onSessionRequest(EngineSession& session, http::Request request, const http::Responder& respond,
                        std::uint64_t poll);
  void onUpgrade(http::Request request, const ConnectionPtr& connection);
  void openWebSocket(const http::Request& request, const ConnectionPtr& connection);
  void upgradeSession(SessionHome& home, const std::string& sid, const http::Request& request,
                      net::Connection& connection);
  std::optional<EngineError> checkTransport(const http::Request& request) const;
  std::string openPacket(const std::string& sid, bool onPolling) const;

  EngineOptions options_;
  http::Router& router_;
  OriginCheck originAllowed_;
  SessionFactory factory_;
  SessionHomes homes_;
  std::atomic<std::uint64_t> nextPoll_ = 1;
  std::vector<http::Router::RouteId> routes_;
};

}  // namespace parley::realtime
