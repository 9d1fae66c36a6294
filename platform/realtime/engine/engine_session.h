// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "realtime/engine/polling_line.h"
#include "realtime/engine/session_base.h"

namespace parley::realtime {

/// One Engine.IO session: begins on polling or on a WebSocket, may be upgraded from the one to the other. [loop]
class EngineSession final : public SessionBase {
 public:
  using SessionBase::SessionBase;
  ~EngineSession() override;

  /// Begins on polling, and holds its `place` as long as it polls; the caller answers the handshake.
  void openOnPolling(const SessionFactory& factory, const http::Request& handshake, std::shared_ptr<void> place);
  /// Begins on a connection whose opening handshake was answered; sends the open packet first.
  void openOnWebSocket(net::Connection& connection, const std::string& openPacket, const SessionFactory& factory,
                       const http::Request& handshake);

  /// A GET with this session's id. `number` names it to onPollGone.
  void onPoll(const http::Responder& responder, std::uint64_t number);
  /// The client went away while that poll was parked.
  void onPollGone(std::uint64_t number);
  /// A POST with this session's id.
  void onPost(http::Request request, const http::Responder& responder);
  bool canUpgrade() const { return isOpen() && polling_ && !probe_; }
  /// Takes a connection, whose opening handshake was answered, on trial.
  void probe(net::Connection& connection, Millis timeout);

  OutMessage::Framing framing() const override { return OutMessage::Framing::EngineIo; }
  std::string_view transport() const override { return polling_ ? "polling" : "websocket"; }
  net::SendState send(const SharedMessage& message, bool isVolatile, std::function<void()>&& written) override;
  void pauseInput(bool paused) override;
  void close(const std::string& reason) override;
  void fail(std::uint16_t webSocketCode, const std::string& reason) override;

 private:
  bool lingers() const override { return lingering_; }
  void overflow() override;
  void sendPing() override;
  void onLineMessage(WebSocketLine& line, std::string data, bool binary) override;
  void onLinePong(WebSocketLine& line) override;
  void onLineEnd(WebSocketLine& line, const std::string& reason) override;

  void onPacket(EnginePacket packet);
  void onProbeMessage(const std::string& data, bool binary);
  void switchToProbe();
  void dropProbe();
  /// Takes the packets of the post, until there are no more or input is paused.
  void takePost();
  /// Ends the session for requests that overlap or broke off, as the reference server does.
  void breakOff();
  void sendPacket(EnginePacketType type);
  void scheduleFlush();
  void flushPoll();
  void queueGoodbye();
  /// Answers a poll that comes after the end.
  void sayGoodbyeTo(const http::Responder& responder, std::uint64_t number);

  std::unique_ptr<PollingLine> polling_;  ///< null once on a WebSocket
  std::shared_ptr<WebSocketLine> probe_;  ///< a WebSocket that may take over
  bool probed_ = false;                   ///< the probe was answered: polls are released at once
  bool flushScheduled_ = false;
  bool takingPost_ = false;
  bool lingering_ = false;  ///< ended; the close packet waits for a poll to carry it
};

}  // namespace parley::realtime
