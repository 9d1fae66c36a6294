// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "realtime/out_message.h"

#include <parley/socket.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace parley::realtime {

/// Calls Emit::onDelivered once for each user, when the first of the user's sockets had the bytes written, on the loop
/// that wrote them. Lets go of the function after the last user, so that no plugin's code is held longer than needed.
/// [any thread]
class Receipt {
 public:
  using OnDelivered = std::function<void(const std::string& userId)>;

  Receipt(OnDelivered onDelivered, std::unordered_map<std::string, std::string> userOfSocket);

  void written(const std::string& socketId);

 private:
  const std::unordered_map<std::string, std::string> userOfSocket_;
  std::mutex mutex_;
  std::shared_ptr<const OnDelivered> onDelivered_;
  std::unordered_set<std::string> waiting_;
};

/// One event to any number of sockets, in the encodings that they need. Immutable once it was posted.
struct OutEvent {
  SharedMessage recoverable;  ///< Engine.IO framing, `offset` as one more argument
  SharedMessage bare;         ///< Engine.IO framing, for clients that do not recover, and for what is not recovered
  SharedMessage plain;        ///< for /ws
  std::string offset;         ///< empty: not kept for recovery
  std::size_t bytes = 0;      ///< of `recoverable`
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
