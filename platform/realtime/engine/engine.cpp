// SPDX-License-Identifier: Apache-2.0
#include "realtime/engine/engine.h"

#include "realtime/engine/engine_answers.h"
#include "realtime/engine/engine_session.h"
#include "realtime/engine/websocket_handshake.h"

namespace parley::realtime {

namespace {

constexpr std::string_view protocolVersion = "4";

std::shared_ptr<EngineSession> find(const SessionHome& home, const std::string& sid) {
  const auto found = home.sessions.find(sid);
  return found == home.sessions.end() ? nullptr : std::static_pointer_cast<EngineSession>(found->second);
}

std::string sessionIdOf(const http::Request& request) {
  return request.queryParam("sid").value_or("");
}

bool speaksOurVersion(const http::Request& request) {
  return request.queryParam("EIO") == protocolVersion;
}

}  // namespace

Engine::Engine(const EngineOptions& options, net::EventLoops& loops, http::Router& router, OriginCheck originAllowed,
               SessionFactory factory)
    : options_(options),
      router_(router),
      originAllowed_(std::move(originAllowed)),
      factory_(std::move(factory)),
      homes_(options.sessions, loops) {
  // Every method, so that a wrong one is refused in the protocol's own words.
  for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE"}) {
    routes_.push_back(router_.add(method, options_.path, [this](http::Request request, const http::Responder& respond) {
      onRequest(std::move(request), respond);
    }));
  }
  routes_.push_back(router_.addUpgrade(options_.path, [this](http::Request request, const ConnectionPtr& connection) {
    onUpgrade(std::move(request), connection);
  }));
}

Engine::~Engine() {
  for (const auto route : routes_) router_.remove(route);
}

std::optional<EngineError> Engine::checkTransport(const http::Request& request) const {
  if (!originAllowed_(request)) return EngineError::Forbidden;
  const auto transport = request.queryParam("transport");
  const bool known = (options_.polling && transport == "polling") || (options_.webSocket && transport == "websocket");
  if (!known) return EngineError::UnknownTransport;
  return std::nullopt;
}

std::string Engine::openPacket(const std::string& sid, bool onPolling) const {
  auto packet = R"(0{"sid":")" + sid + R"(","upgrades":[)";
  if (onPolling && options_.webSocket) packet += R"("websocket")";
  packet += R"(],"pingInterval":)" + std::to_string(options_.sessions.pingInterval.count());
  packet += R"(,"pingTimeout":)" + std::to_string(options_.sessions.pingTimeout.count());
  packet += R"(,"maxPayload":)" + std::to_string(options_.sessions.maxPayload) + "}";
  return packet;
}

void Engine::onRequest(http::Request request, const http::Responder& respond) {
  if (const auto error = checkTransport(request)) return respond(engineError(*error));
  const auto sid = sessionIdOf(request);
  if (sid.empty()) return onHandshake(request, respond);
  SessionHome* const home = homes_.homeOf(sid);
  if (home == nullptr) return respond(engineError(EngineError::UnknownSid));
  const auto poll = nextPoll_.fetch_add(1, std::memory_order_relaxed);
  if (request.method == "GET") {
    respond.onAbort([home, sid, poll] {
      home->loop.dispatch([home, sid, poll] {
        if (const auto session = find(*home, sid)) session->onPollGone(poll);
      });
    });
  }
  home->loop.dispatch([this, home, sid, poll, respond, moved = std::move(request)]() mutable {
    const auto session = find(*home, sid);
    if (!session) return respond(engineError(EngineError::UnknownSid));
    onSessionRequest(*session, std::move(moved), respond, poll);
  });
}

void Engine::onHandshake(const http::Request& request, const http::Responder& respond) {
  if (request.method != "GET") return respond(engineError(EngineError::BadHandshakeMethod));
  if (request.queryParam("transport") != "polling") return respond(engineError(EngineError::BadRequest));
  if (!speaksOurVersion(request)) return respond(engineError(EngineError::UnsupportedVersion));
  auto place = homes_.admitPolling(request.peerAddress);
  if (!place) return respond(fullAnswer());
  SessionHome& home = homes_.at(request.loopIndex);
  const auto session = std::make_shared<EngineSession>(home, SessionHomes::newId(home));
  respond(payloadAnswer(openPacket(session->id(), true)));
  session->openOnPolling(factory_, request, std::move(place));
}

void Engine::onSessionRequest(EngineSession& session, http::Request request, const http::Responder& respond,
                              std::uint64_t poll) {
  if (request.queryParam("transport") != "polling" || !speaksOurVersion(request)) {
    return respond(engineError(EngineError::BadRequest));
  }
  if (request.method == "GET") return session.onPoll(respond, poll);
  if (request.method != "POST") return respond(engineError(EngineError::BadRequest));
  if (request.body.size() > options_.sessions.maxPayload) {
    http::Response tooLarge;
    tooLarge.status = 413;
    return respond(std::move(tooLarge));
  }
  session.onPost(std::move(request), respond);
}

void Engine::onUpgrade(http::Request request, const ConnectionPtr& connection) {
  if (const auto error = checkTransport(request)) return refuseUpgrade(*connection, request, engineError(*error));
  if (const auto refusal = checkHandshake(request)) return refuseUpgrade(*connection, request, *refusal);
  const auto sid = sessionIdOf(request);
  if (request.queryParam("transport") != "websocket") {
    return refuseUpgrade(*connection, request, engineError(EngineError::BadRequest));
  }
  if (sid.empty()) return openWebSocket(request, connection);
  SessionHome* const home = homes_.homeOf(sid);
  if (home == nullptr) return refuseUpgrade(*connection, request, engineError(EngineError::UnknownSid));
  if (home->loop.isCurrent()) return upgradeSession(*home, sid, request, *connection);
  connection->moveTo(home->loop, [this, home, sid, connection, moved = std::move(request)] {
    upgradeSession(*home, sid, moved, *connection);
  });
}

void Engine::openWebSocket(const http::Request& request, const ConnectionPtr& connection) {
  if (!speaksOurVersion(request))
    return refuseUpgrade(*connection, request, engineError(EngineError::UnsupportedVersion));
  if (!homes_.admit()) return refuseUpgrade(*connection, request, fullAnswer());
  SessionHome& home = homes_.at(connection->loop().index());
  connection->send(handshakeAnswer(request));
  const auto session = std::make_shared<EngineSession>(home, SessionHomes::newId(home));
  session->openOnWebSocket(*connection, openPacket(session->id(), false), factory_, request);
}

void Engine::upgradeSession(SessionHome& home, const std::string& sid, const http::Request& request,
                            net::Connection& connection) {
  const auto session = find(home, sid);
  if (!session) return refuseUpgrade(connection, request, engineError(EngineError::UnknownSid));
  if (!session->canUpgrade() || !speaksOurVersion(request)) {
    return refuseUpgrade(connection, request, engineError(EngineError::BadRequest));
  }
  connection.send(handshakeAnswer(request));
  session->probe(connection, options_.upgradeTimeout);
}

}  // namespace parley::realtime
