// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/cors.h"
#include "http/request_parser.h"
#include "http/router.h"
#include "http/server.h"
#include "net/connection.h"

#include <memory>
#include <optional>

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
  struct Exchange;
  struct Stream;

  void process();
  bool step();
  bool atBody();
  void handle();
  void route(Request request, const Router::Match& match, const Responder& responder);
  void begin(Request& request);
  void refuse(int status, std::string detail);
  void upgrade(Request request, const UpgradeHandler& handler);

  void respond(const std::shared_ptr<Exchange>& exchange, Response response);
  void sendBody(Response response, std::string head);
  void startStream(std::shared_ptr<BodySource> source, std::optional<std::uint64_t> length, bool chunked);
  void pump();
  bool writePiece(std::string piece);
  void endStream(bool complete);
  void exchangeDone();
  bool send(std::string bytes);
  void await();
  bool isIdle() const { return !exchange_ && !parser_; }
  bool isClogged() const;

  std::shared_ptr<ConnectionHost> host_;
  net::Connection& connection_;
  std::unique_ptr<RequestParser> parser_;  ///< while a request is coming in
  std::shared_ptr<Exchange> exchange_;     ///< while one waits for its answer, or for the answer's end
  std::unique_ptr<Stream> stream_;
  bool processing_ = false;
  bool inputEnded_ = false;
  bool released_ = false;  ///< upgraded or closed
};

}  // namespace parley::http
