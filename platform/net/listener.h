// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/networks.h"
#include "net/connection.h"
#include "net/event_loop.h"
#include "net/tcp_connection.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace parley::net {

struct ListenerOptions {
  std::string address = "127.0.0.1";  ///< numeric, v4 or v6; "::" takes both
  std::uint16_t port = 0;             ///< 0: the system chooses, see Listener::port
  int backlog = 4096;
  std::size_t maxConnections = 100'000;      ///< 0: no limit
  std::size_t maxConnectionsPerAddress = 0;  ///< 0: no limit
  std::string tlsCertificate;                ///< PEM file with the chain; empty: no TLS
  std::string tlsKey;                        ///< PEM file
  base::Networks trustedProxies;             ///< whose word on a client's address counts
  bool proxyProtocol = false;                ///< only they may connect, and each connection begins with a PROXY header
  Millis proxyDeadline{10'000};              ///< for that header
  std::size_t inputLimit = ConnectionOptions{}.inputLimit;
  std::size_t outputLimit = ConnectionOptions{}.outputLimit;
  Millis writeDeadline = ConnectionOptions{}.writeDeadline;
  Millis lingerDeadline = ConnectionOptions{}.lingerDeadline;
};

/// What has become of those who wanted to connect.
struct ListenerFigures {
  std::uint64_t accepted = 0;
  std::uint64_t overLimit = 0;         ///< turned away, as the following: maxConnections
  std::uint64_t overAddressLimit = 0;  ///< maxConnectionsPerAddress
  std::uint64_t outOfFiles = 0;        ///< no file descriptors were left
  std::uint64_t notTrusted = 0;        ///< not one of the proxies, where only they may connect
};

/// Takes connections on one address and deals them out to the loops in turn. Out of file descriptors, it turns new
/// clients away at once, and takes them when there are some again; the log has a line of the beginning and of the end.
class Listener {
 public:
  /// Makes what the connection speaks first, on the connection's loop. It must be safe to call until the loops have
  /// ended. [loop]
  using MakeHandler = std::function<std::unique_ptr<ConnectionHandler>(Connection&)>;

  /// Binds and listens; throws parley::Error (VALIDATION_FAILED, UNAVAILABLE) that names the address and what is wrong.
  Listener(EventLoops& loops, const ListenerOptions& options, MakeHandler makeHandler);
  /// stopAccepting(). Connections live on.
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// Begins to accept. [any thread]
  void start();
  /// Closes the listening socket; when it returns nothing more is accepted. Idempotent. [any thread]
  void stopAccepting();
  /// The port that is listened on. [any thread]
  std::uint16_t port() const;
  /// Connections that are open now. [any thread]
  std::size_t connectionCount() const;
  /// [any thread]
  ListenerFigures figures() const;
  /// Takes over limits, deadlines and TLS files for connections to come; address, port and backlog stay. Throws as the
  /// constructor does when the TLS files are no good; everything stays as it was then. [any thread]
  void reload(const ListenerOptions& options);

 private:
  class Acceptor;
  std::shared_ptr<Acceptor> acceptor_;
};

}  // namespace parley::net
