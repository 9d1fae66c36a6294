// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chat/receipts.h"

#include <parley/chat.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace parley::chat {

/// A stored message, read from the JSON text of its document: that takes a tenth of what making the document costs. The
/// text is valid, as all that was stored; it outlives this and all receipts, which have views into it.
class StoredMessage {
 public:
  explicit StoredMessage(std::string_view text);

  bool isDeleted() const { return !deletedSeq_.empty(); }
  /// 0 when it has none.
  std::int64_t seq() const;
  /// What is stored of who has got and read it.
  Receipt receipt() const;
  /// As toMessage of the document.
  Message toMessage() const;
  /// Adds what toMessage().toText() gives, with this receipt.
  void appendTo(std::string& written, const Receipt& receipt) const;

 private:
  using Written = std::string_view;  ///< a value as it stands in the text; empty where there is none

  bool isUsual() const;

  Written id_, sessionId_, sender_, receiver_, content_, messageType_, fileUrl_, fileName_, fileSize_, status_, readBy_,
      clientMessageId_, replyTo_, extra_, seq_, ignored_, createdAt_, updatedAt_, deletedSeq_;
  bool isInOrder_ = true;  ///< as toDocument and stamp write it, one behind the other
};

}  // namespace parley::chat
