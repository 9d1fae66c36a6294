// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/body_intake.h"
#include "http/cors.h"
#include "http/exchange.h"
#include "http/request_parser.h"
#include "http/response_stream.h"
#include "http/router.h"
#include "http/server.h"
#include "net/connection.h"

#include <cstddef>
#include <memory>
#include <string>

namespace parley::http {

/// What the connections of a server share. It outlives them.
class ConnectionHost {
 public:
  virtual ~ConnectionHost() = default;
  /// The settings of now; a connection asks anew for each request.
  virtual std::shared_ptr<const ServerOptions> options() const = 0;
  virtual const Router& router() const = 0;
  virtual const Cors& cors() const = 0;
  virtual bool isDraining() const = 0;
  /// The connection speaks HTTP no longer. [loop]
  virtual void forget(HttpConnection& connection, std::size_t loop) = 0;
};

/// HTTP/1.1 on one connection. Everything [loop].
class HttpConnection final : public net::ConnectionHandler {
 public:
  HttpConnection(std::shared_ptr<ConnectionHost> host, net::Connection& connection);
  ~HttpConnection() override;

  void onInput(net::Connection& connection) override;
  void onInputEnd(net::Connection& connection) override;
  void onWritten(net::Connection& connection) override;
  void onDeadline(net::Connection& connection) override;
  void onClosed(net::Connection& connection, net::CloseReason reason) override;

  /// Ends now when nothing is under way, else after the response.
  void drain();
  void close();

 private:
  // Requests.
  void process();
  bool mayStep() const;
  bool step();
  bool atBody();
  void handle();
  void begin(Request& request, bool version11);
  void answer(Request request, Router::Match match);
  void route(Request request, const Router::Match& match, const Responder& responder);
  void refuse(int status, std::string detail);
  void upgrade(Request request, const UpgradeHandler& handler);

  // Bodies that a route takes as they come.
  void openIntake();
  bool stepIntake();
  void intakeMoved();
  void watchIntake();
  bool leaveIntake();
  void breakIntake();

  // Responses.
  void respond(const std::shared_ptr<Exchange>& exchange, Response response);
  void sendBody(Response response, std::string head);
  void startStream(ResponseStream stream);
  void pump();
  void exchangeDone();
  bool send(std::string bytes);
  bool isIdle() const { return !exchange_ && !parser_; }
  bool isClogged() const;

  std::shared_ptr<ConnectionHost> host_;
  net::Connection& connection_;
  std::unique_ptr<RequestParser> parser_;  ///< while a request is coming in
  std::shared_ptr<Exchange> exchange_;     ///< while one waits for its answer, or for the answer's end
  std::shared_ptr<BodyIntake> intake_;     ///< while its body is still to be taken; `parser_` reads it
  std::unique_ptr<ResponseStream> stream_;
  std::size_t progress_ = 0;  ///< of the intake, since its deadline was set
  bool watching_ = false;     ///< the intake has a deadline
  bool continueDue_ = false;  ///< the client waits for 100 (Continue), or may
  bool processing_ = false;
  bool inputEnded_ = false;
  bool released_ = false;  ///< upgraded or closed
};

}  // namespace parley::http
