// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/message.h"

#include <parley/json.h>
#include <parley/time.h>

#include <cstddef>
#include <optional>

namespace parley::realtime {

/// Connection state recovery (https://socket.io/docs/v4/connection-state-recovery).
struct RecoveryOptions {
  bool enabled = true;
  Millis maxDisconnection{120'000};      ///< how long a broken connection may come back
  std::size_t maxPackets = 200;          ///< kept per client, while no pongs say that it has them
  std::size_t maxBytes = 262'144;        ///< kept per client; shared bytes count for each
  std::size_t maxDisconnected = 10'000;  ///< sockets that wait to come back, in all; more end at once
};

/// Whether the client may be given a `pid` and offsets. An offset is one more argument of every event, which
/// socket.io-client (and its ports) take away, while python-socketio hands it to the handler. So: no, when the
/// handshake is python-engineio's (`t` is a decimal number, or a Python HTTP library as User-Agent).
bool mayRecover(const http::Request& handshake);
/// A client may say otherwise with `recovery: true | false` in its CONNECT `auth`.
std::optional<bool> wishToRecover(const Json& auth);

}  // namespace parley::realtime
