// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "realtime/out_message.h"
#include "realtime/receipt.h"

#include <parley/socket.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace parley::realtime {

/// One event to any number of sockets, in the encodings that they need. Immutable once it was posted.
struct OutEvent {
  SharedMessage recoverable;  ///< Engine.IO framing, an offset as one more argument; null: not kept for recovery
  SharedMessage bare;         ///< Engine.IO framing, for clients that do not recover, and for what is not recovered
  SharedMessage plain;        ///< for /ws
  bool isVolatile = false;
  std::shared_ptr<Receipt> receipt;  ///< may be empty
};

using SharedEvent = std::shared_ptr<const OutEvent>;

/// Which encodings an event's recipients need.
struct Encodings {
  bool recoverable = false;
  bool bare = false;
  bool plain = false;
};

/// Makes OutEvents. The arguments are serialised once per framing; each event has one offset, whoever receives it, so
/// that all recipients share the bytes. Offsets differ between runs of the server. [any thread]
class EventEncoder {
 public:
  EventEncoder();

  /// `askId`: the number under which the client is to acknowledge. Such an event, and a volatile one, is never kept for
  /// recovery. A plain client gets the first argument as `data`, and no attachments.
  std::shared_ptr<OutEvent> encode(const Emit& emit, Encodings needed,
                                   std::optional<std::uint64_t> askId = std::nullopt);

 private:
  std::string run_;
  std::atomic<std::uint64_t> next_{1};
};

}  // namespace parley::realtime
