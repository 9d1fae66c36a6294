// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "net/connection.h"

#include <cstddef>
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
  OutMessage(Framing framing, std::string_view text, std::vector<std::string> attachments = {});

  Framing framing() const { return framing_; }
  /// The WebSocket frames of the text and all attachments, unmasked, one after another (RFC 6455 section 5.2).
  const net::SharedBytes& webSocketFrames() const { return frames_; }
  /// The packets for a polling payload: "4…" and, for each attachment, the record separator and "b" with base64
  /// (Engine.IO protocol 4, "payload encoding"). Made on first use.
  const std::string& pollingPackets() const;
  std::size_t pollingPacketCount() const { return 1 + attachments_.size(); }

 private:
  Framing framing_;
  std::vector<std::string> attachments_;
  net::SharedBytes frames_;
  std::size_t textAt_ = 0;  ///< in `frames_`
  std::size_t textSize_;
  mutable std::once_flag pollingMade_;
  mutable std::string polling_;
};

using SharedMessage = std::shared_ptr<const OutMessage>;

}  // namespace parley::realtime
