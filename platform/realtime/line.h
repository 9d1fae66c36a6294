// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/failure.h"
#include "realtime/session.h"

#include <parley/access.h>
#include <parley/error.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace parley::realtime {

class ClientSocket;

/// A session as the sockets on it see it: Socket.IO with its namespaces, or a plain client. It may outlive its session
/// and then ignores calls. Everything [loop of the session] unless tagged otherwise.
class Line : public std::enable_shared_from_this<Line> {
 public:
  virtual ~Line() = default;
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  net::EventLoop& loop() const { return loop_; }  ///< [any thread]
  /// Address, user agent and locale of the client; the rest is empty. [any thread]
  Caller caller() const;
  /// What the client's failures are told in. [any thread]
  const base::Locale& locale() const { return locale_; }
  /// Runs the task on the line's loop: now when called there. [any thread]
  void run(std::function<void()> task);

  bool isOpen() const { return session_ != nullptr; }
  void send(const SharedMessage& message, bool isVolatile, std::function<void()>&& written = {});
  /// The session's input rests while any of its sockets asks for it.
  void pauseInput(const ClientSocket& socket, bool paused);
  /// As Session::leaveNewcomers; cheap to call again.
  void leaveNewcomers();
  void close(const std::string& reason);
  void fail(const std::string& reason);

  /// The socket is connected: tells the client.
  virtual void opened(const std::shared_ptr<ClientSocket>& socket) = 0;
  /// The socket was refused and has ended: tells the client.
  virtual void refused(const ClientSocket& socket, const Error& error) = 0;
  /// The server has ended the socket: tells the client; with `closeConnection` also the line's other sockets end.
  virtual void disconnected(const ClientSocket& socket, bool closeConnection) = 0;

 protected:
  /// `fallback`: for clients whose Accept-Language fits none.
  Line(Session& session, const http::Request& handshake, const base::Locale& fallback);
  /// To be called from SessionHandler::onClose.
  void forgetSession() { session_ = nullptr; }

 private:
  Session* session_;  ///< null once it is closed
  net::EventLoop& loop_;
  const base::Locale locale_;
  const std::string address_;
  const std::string userAgent_;
  std::vector<const ClientSocket*> pausing_;
  bool isNewcomer_ = true;
};

using LinePtr = std::shared_ptr<Line>;

}  // namespace parley::realtime
