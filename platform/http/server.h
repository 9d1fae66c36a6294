// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/failure.h"
#include "http/cors.h"
#include "http/hosts.h"
#include "http/request_parser.h"
#include "http/router.h"
#include "net/listener.h"

#include <cstdint>
#include <memory>
#include <string>

namespace parley::http {

class HttpConnection;

struct ServerOptions {
  net::ListenerOptions listen;  ///< its inputLimit is raised to what a head needs
  ParserLimits limits;
  Millis idleDeadline{75'000};    ///< for the next request to begin
  Millis headDeadline{10'000};    ///< for all of a head, from its first byte (or from the connection's beginning)
  Millis bodyDeadline{60'000};    ///< for all of a body; the write deadline is the listener's
  Millis streamDeadline{30'000};  ///< for `bodyProgress` more bytes of a body that its route takes as it comes
  std::size_t bodyProgress = 4096;
  std::size_t bodyWindow = std::size_t{256} * 1024;  ///< how much of such a body waits to be taken
  std::size_t maxDiscard = std::size_t{64} * 1024;   ///< of a body after an early answer; beyond, the connection ends
  std::size_t gzipThreshold = 1024;                  ///< smallest body that is compressed; 0: none is
  int gzipLevel = 5;
  std::size_t gzipOnLoop = std::size_t{64} * 1024;  ///< largest that is compressed when the answer is given on the loop
  std::size_t streamBuffer = std::size_t{128} * 1024;  ///< how much of a response waits for a slow reader
  std::chrono::seconds strictTransport{0};             ///< over TLS; 0: browsers are not told to stay with it
  Hosts hosts;                                         ///< others are refused (403), whatever they ask for
  base::Locale locale;                                 ///< of failures, where Accept-Language names none that exists
};

/// HTTP/1.1 on a listener. Requests of one connection are answered one after another, in order.
class Server {
 public:
  /// Binds and listens (errors as net::Listener). The router and cors must outlive the loops'
  /// threads; the loops must outlive every Responder.
  Server(net::EventLoops& loops, Router& router, const Cors& cors, const ServerOptions& options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Begins to accept. [any thread]
  void start();
  std::uint16_t port() const;
  /// Open connections, those that were upgraded included. [any thread]
  std::size_t connectionCount() const;
  /// [any thread]
  net::ListenerFigures listenerFigures() const;
  /// Takes no more connections and ends those that are idle; running requests are answered with `Connection: close`.
  /// Upgraded connections are left to those who have them. [any thread]
  void drain();
  /// Ends every connection that still speaks HTTP, whatever it is doing. [any thread]
  void closeAll();
  /// For what is to come: TLS files, limits, deadlines, gzip. Address, port and backlog stay. Throws when the TLS files
  /// are no good, and changes nothing then. [any thread]
  void reload(const ServerOptions& options);

 private:
  class Core;
  void onEachLoop(void (HttpConnection::*action)());
  std::shared_ptr<Core> core_;
  std::unique_ptr<net::Listener> listener_;
  net::EventLoops& loops_;
};

}  // namespace parley::http
