// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "realtime/out_message.h"
#include "realtime/receipt.h"
#include "realtime/recovery.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace parley::realtime {

/// What one client was sent last, so that it can be sent again after its connection broke (connection state recovery).
/// Bounded: the oldest go first. Shares the encoded messages with everyone else who got them. Takes no heap before
/// the first one.
class PacketRing {
 public:
  /// `options` outlive it. `offset`: what the client says it had last when it connected; empty for nothing.
  PacketRing(const RecoveryOptions& options, std::string offset);

  struct Kept {
    SharedMessage message;             ///< it has an offset
    std::shared_ptr<Receipt> receipt;  ///< null: nobody waits for it, or it has been written
  };

  void add(const SharedMessage& message, const std::shared_ptr<Receipt>& receipt = nullptr);
  /// The message with this receipt has been written: no need to keep the receipt.
  void forget(const Receipt& receipt);
  /// Forgets everything up to the message with this offset; what is left is what the client missed. False when the
  /// offset is not known (any more): nothing can be said then about what it missed.
  bool forgetUpTo(std::string_view offset);
  /// The client has answered a ping that was sent after the last call: what was there then has reached it, and is
  /// forgotten.
  void confirm();
  /// Whether nothing behind this offset, the one given to forgetUpTo last, was forgotten since.
  bool isCompleteAfter(std::string_view offset) const { return before_ == offset; }
  /// Oldest first. Valid until the next change.
  std::span<const Kept> messages();
  void clear();

 private:
  Kept& at(std::uint32_t index);
  void forgetFirst();

  const RecoveryOptions& options_;
  std::size_t bytes_ = 0;
  std::string before_;        ///< the offset right before the first message
  std::vector<Kept> places_;  ///< goes on at its beginning; null where no message is
  std::uint32_t first_ = 0;   ///< the place of the first message
  std::uint32_t count_ = 0;
  std::uint32_t sent_ = 0;  ///< the oldest, which were there at the last confirm(), or what is left of them
};

}  // namespace parley::realtime
