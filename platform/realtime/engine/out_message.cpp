// SPDX-License-Identifier: Apache-2.0
#include "realtime/out_message.h"

#include "realtime/engine/base64.h"
#include "realtime/engine/engineio_packet.h"
#include "realtime/engine/websocket_codec.h"

namespace parley::realtime {

namespace {
constexpr std::string_view messagePacket = "4";
constexpr std::size_t maxFrameHead = 10;  // unmasked
}  // namespace

OutMessage::OutMessage(Framing framing, std::string_view text, std::vector<std::string> attachments)
    : framing_(framing), attachments_(std::move(attachments)), textSize_(text.size()) {
  std::string frames;
  frames.reserve(maxFrameHead + messagePacket.size() + text.size());
  appendFrame(frames, Opcode::Text, framing_ == Framing::EngineIo ? messagePacket : std::string_view(), text);
  textAt_ = frames.size() - text.size();
  for (const auto& attachment : attachments_) appendFrame(frames, Opcode::Binary, attachment);
  frames_ = std::make_shared<const std::string>(std::move(frames));
}

const std::string& OutMessage::pollingPackets() const {
  std::call_once(pollingMade_, [this] {
    polling_.append(messagePacket).append(*frames_, textAt_, textSize_);
    for (const auto& attachment : attachments_) {
      polling_.append({recordSeparator, 'b'}).append(toBase64(attachment));
    }
  });
  return polling_;
}

}  // namespace parley::realtime
