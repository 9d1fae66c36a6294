// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "realtime/event_dispatcher.h"
#include "realtime/packet.h"
#include "realtime/session.h"

#include <cstddef>
#include <memory>

namespace parley::realtime {

struct PlainClientOptions {
  PacketLimits packets;
  std::size_t maxEarly = 64;  ///< frames that may come before the client has been let in
};

/// Clients without Socket.IO on /ws: each is one socket in the namespace "/". Where clients come with tokens, its token
/// is the `token` query parameter, else that of the Authorization header. In open mode the parameter, when it has one,
/// is what the ConnectHandler of "/" sees as `auth`. It outlives the sessions.
class PlainClients {
 public:
  PlainClients(SocketServices& services, EventDispatcher& dispatcher, PlainClientOptions options);

  /// A SessionFactory. [loop]
  std::unique_ptr<SessionHandler> accept(Session& session, const http::Request& handshake);

 private:
  class Handler;
  class Client;

  SocketServices& services_;
  EventDispatcher& dispatcher_;
  const PlainClientOptions options_;
};

}  // namespace parley::realtime
