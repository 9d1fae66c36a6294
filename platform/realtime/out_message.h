// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "net/connection.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace parley::realtime {

/// A message to clients, with its bytes on the wire: made once, shared by every recipient, immutable. [any thread]
class OutMessage {
 public:
  enum class Framing {
    EngineIo,  ///< text goes as an Engine.IO "message" packet, each attachment as a binary message after it
    Plain,     ///< text is the WebSocket message itself (/ws)
  };
  /// `offsetSize`: the text ends with `,"offset"]`, and its offset has so many characters; 0: it has none.
  OutMessage(Framing framing, std::string_view text, const std::vector<std::string>& attachments = {},
             std::size_t offsetSize = 0);

  Framing framing() const { return framing_; }
  /// The WebSocket frames of the text and all attachments, unmasked, one after another (RFC 6455 section 5.2).
  const std::string& webSocketFrames() const { return frames_; }
  /// What a client that comes back says it had last, when it was this message; empty for none.
  std::string_view offset() const;
  /// The packets for a polling payload: "4…" and, for each attachment, the record separator and "b" with base64
  /// (Engine.IO protocol 4, "payload encoding"). Made on first use.
  const std::string& pollingPackets() const;
  std::size_t pollingPacketCount() const { return 1 + attachments_.size(); }

 private:
  struct Attachment {
    std::size_t at;  ///< in `frames_`
    std::size_t size;
  };

  const Framing framing_;
  std::uint32_t textAt_ = 0;  ///< in `frames_`
  const std::uint32_t textSize_;
  const std::uint32_t offsetSize_;
  std::string frames_;
  std::vector<Attachment> attachments_;
  mutable std::once_flag pollingMade_;
  mutable std::unique_ptr<const std::string> polling_;
};

using SharedMessage = std::shared_ptr<const OutMessage>;

/// The message's WebSocket frames, which keep it.
inline net::SharedBytes shareFrames(const SharedMessage& message) {
  return {message, &message->webSocketFrames()};
}

}  // namespace parley::realtime
