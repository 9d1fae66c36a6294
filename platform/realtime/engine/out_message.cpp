// SPDX-License-Identifier: Apache-2.0
#include "realtime/out_message.h"

#include "realtime/engine/base64.h"
#include "realtime/engine/engineio_packet.h"
#include "realtime/engine/websocket_codec.h"

namespace parley::realtime {

namespace {
constexpr std::string_view messagePacket = "4";
}

OutMessage::OutMessage(Framing framing, std::string text, std::vector<std::string> attachments)
    : framing_(framing), text_(std::move(text)), attachments_(std::move(attachments)) {
  std::string frames;
  appendFrame(frames, Opcode::Text, framing_ == Framing::EngineIo ? messagePacket : std::string_view(), text_);
  for (const auto& attachment : attachments_) appendFrame(frames, Opcode::Binary, attachment);
  frames_ = std::make_shared<const std::string>(std::move(frames));
}

const std::string& OutMessage::pollingPackets() const {
  std::call_once(pollingMade_, [this] {
    polling_.append(messagePacket).append(text_);
    for (const auto& attachment : attachments_) {
      polling_.append({recordSeparator, 'b'}).append(toBase64(attachment));
    }
  });
  return polling_;
}

}  // namespace parley::realtime
