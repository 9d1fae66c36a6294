// SPDX-License-Identifier: Apache-2.0
#include "realtime/engine/plain_endpoint.h"

#include "realtime/engine/engine_answers.h"
#include "realtime/engine/websocket_handshake.h"

namespace parley::realtime {

namespace {

class PlainSession final : public SessionBase {
 public:
  using SessionBase::SessionBase;

  void openOn(net::Connection& connection, const SessionFactory& factory, const http::Request& handshake) {
    const auto line = makeLine(connection);
    line_ = line;
    open(factory, handshake);
    line->start();
  }

  OutMessage::Framing framing() const override { return OutMessage::Framing::Plain; }
  std::string_view transport() const override { return "websocket"; }

  net::SendState send(const SharedMessage& message, bool isVolatile, std::function<void()>&& written) override {
    if (!isOpen()) return net::SendState::Dropped;
    return sendOver(*line_, message, isVolatile, std::move(written));
  }
  void pauseInput(bool paused) override {
    if (!isOpen()) return;
    inputPaused_ = paused;
    line_->pauseInput(paused);
  }
  void close(const std::string& reason) override {
    if (!isOpen()) return;
    line_->close(closeCodeFor(reason), reason);
    end(reason);
  }
  void fail(std::uint16_t webSocketCode, const std::string& reason) override {
    if (!isOpen()) return;
    line_->fail(webSocketCode, reason);
    end("parse error");
  }

 private:
  void overflow() override {
    line_->abort(net::CloseReason::OutputLimit);
    end("transport close");
  }
  void sendPing() override {
    std::string frame;
    appendFrame(frame, Opcode::Ping, {});
    line_->send(std::make_shared<const std::string>(std::move(frame)));
  }
  void onLineMessage(WebSocketLine& /*line*/, std::string data, bool binary) override {
    if (!isOpen()) return;
    if (binary) return fail(close_code::unsupportedData, "text messages only");
    deliver(std::move(data), false);
  }
  void onLinePong(WebSocketLine& /*line*/) override { onPong(); }
  void onLineEnd(WebSocketLine& /*line*/, const std::string& reason) override { end(reason); }
};

}  // namespace

PlainEndpoint::PlainEndpoint(const PlainOptions& options, net::EventLoops& loops, http::Router& router,
                             OriginCheck originAllowed, SessionFactory factory)
    : router_(router),
      originAllowed_(std::move(originAllowed)),
      factory_(std::move(factory)),
      homes_(options.sessions, loops) {
  routes_.push_back(router_.addUpgrade(
      options.path, [this](const http::Request& request, const std::shared_ptr<net::Connection>& connection) {
        onUpgrade(request, *connection);
      }));
}

PlainEndpoint::~PlainEndpoint() {
  for (const auto route : routes_) router_.remove(route);
}

void PlainEndpoint::onUpgrade(const http::Request& request, net::Connection& connection) {
  if (!originAllowed_(request)) return refuseUpgrade(connection, request, engineError(EngineError::Forbidden));
  if (const auto refusal = checkHandshake(request)) return refuseUpgrade(connection, request, *refusal);
  if (!homes_.admit()) return refuseUpgrade(connection, request, fullAnswer());
  SessionHome& home = homes_.at(connection.loop().index());
  connection.send(handshakeAnswer(request));
  std::make_shared<PlainSession>(home, SessionHomes::newId(home))->openOn(connection, factory_, request);
}

}  // namespace parley::realtime
