// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/message.h"
#include "net/connection.h"
#include "realtime/out_message.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace parley::realtime {

class Session;

/// What is done with a session's messages: Socket.IO on an Engine.IO session, plain JSON on /ws. The session owns it.
/// [loop]
class SessionHandler {
 public:
  virtual ~SessionHandler() = default;
  /// One complete message (Engine.IO "message", or a WebSocket message on /ws).
  virtual void onMessage(Session& session, std::string data, bool binary) = 0;
  /// The client has answered a ping: what was sent before that ping has reached it.
  virtual void onPong() {}
  /// Last call. `reason` is one of Socket.IO's: "transport close", "transport error", "ping timeout", "parse error",
  /// "forced close", "forced server close", "server shutting down".
  virtual void onClose(Session& session, const std::string& reason) = 0;
};

/// A client's line to the server, whatever carries it: Engine.IO over polling or WebSocket, or a plain WebSocket. It
/// lives on one loop for its whole life. Everything [loop] unless tagged otherwise. A closed session ignores calls.
class Session : public std::enable_shared_from_this<Session> {
 public:
  virtual ~Session() = default;

  /// The unguessable Engine.IO `sid`; for a plain WebSocket a name of the same form. [any thread]
  virtual const std::string& id() const = 0;
  /// [any thread]
  virtual net::EventLoop& loop() = 0;
  virtual OutMessage::Framing framing() const = 0;
  virtual std::string_view transport() const = 0;  ///< "polling", "websocket"
  virtual bool isOpen() const = 0;

  /// Queues a message; all that is queued until the turn to write leaves in one system call (or one poll response).
  /// `written`, when given, runs on the loop when the bytes were handed to the operating system; it never runs when the
  /// session closes first. A volatile message is dropped when the client does not keep up. When the limit is passed by
  /// others the session closes ("transport close") and Dropped is returned.
  virtual net::SendState send(const SharedMessage& message, bool isVolatile, std::function<void()>&& written = {}) = 0;

  /// The client is a user's from here on: on a connection of its own its input waits behind that of newcomers no
  /// longer.
  virtual void leaveNewcomers() = 0;
  /// While paused no further messages are read from the client (back-pressure).
  virtual void pauseInput(bool paused) = 0;

  /// Sends what is queued, says goodbye as the transport can (Engine.IO "close", WebSocket close frame) and ends;
  /// onClose follows with `reason`.
  virtual void close(const std::string& reason) = 0;
  /// Ends for a fault of the client: WebSocket close code (RFC 6455 section 7.4.1; 1002, 1003, 1007, 1008, 1009), or
  /// HTTP 400 for a poll. onClose follows with "parse error".
  virtual void fail(std::uint16_t webSocketCode, const std::string& reason) = 0;
};

/// Makes the handler of a new session. The handshake is the request that opened it (headers, query, peer address),
/// there for the call alone. [loop]
using SessionFactory = std::function<std::unique_ptr<SessionHandler>(Session&, const http::Request& handshake)>;

}  // namespace parley::realtime
