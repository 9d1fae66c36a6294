// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/worker_pool.h"
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
#include <vector>

namespace parley::realtime {

/// Calls Emit::onDelivered once for each user, one call after another, when the first of the user's sockets had the
/// bytes written. Where few get it, on the loop that wrote them, so that what follows goes out with its other writes;
/// where many do, on a worker, with one task for all who had them meanwhile. Lets go of the function after the last
/// user, so that no plugin's code is held longer than needed. [any thread]
class Receipt : public std::enable_shared_from_this<Receipt> {
 public:
  using OnDelivered = std::function<void(const std::string& userId)>;
  static constexpr std::size_t few = 4;  ///< sockets

  Receipt(base::WorkerPool& pool, OnDelivered onDelivered, std::unordered_map<std::string, std::string> userOfSocket);

  /// The event is on its way to all its recipients. Before, nobody is told: it would overtake the event itself.
  void handedOver();
  void written(const std::string& socketId);

 private:
  void begin();
  void tell();

  base::WorkerPool& pool_;
  const std::unordered_map<std::string, std::string> userOfSocket_;
  std::mutex mutex_;
  OnDelivered onDelivered_;
  std::unordered_set<std::string> waiting_;
  std::vector<std::string> written_;  ///< users who are to be told of
  bool telling_ = true;               ///< or not handed over yet
};

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
