// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "realtime/event_dispatcher.h"
#include "realtime/packet.h"
#include "realtime/session.h"

#include <parley/time.h>

#include <cstddef>
#include <memory>

namespace parley::realtime {

struct SocketIoOptions {
  PacketLimits packets;
  Millis connectTimeout{45'000};   ///< a session that has joined no namespace by then is closed
  std::size_t maxNameSpaces = 16;  ///< that one session may name
};

/// Socket.IO protocol 5 on Engine.IO sessions. It outlives them.
class SocketIo {
 public:
  SocketIo(SocketServices& services, EventDispatcher& dispatcher, SocketIoOptions options);

  /// A SessionFactory. The session must be in a shared pointer already. [loop]
  std::unique_ptr<SessionHandler> accept(Session& session, const http::Request& handshake);

 private:
  class Handler;
  class Client;

  SocketServices& services_;
  EventDispatcher& dispatcher_;
  const SocketIoOptions options_;
};

}  // namespace parley::realtime
