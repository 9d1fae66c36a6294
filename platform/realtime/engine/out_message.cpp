// SPDX-License-Identifier: Apache-2.0
#include "realtime/out_message.h"

#include "realtime/engine/base64.h"
#include "realtime/engine/engineio_packet.h"
#include "realtime/engine/websocket_codec.h"

namespace parley::realtime {

namespace {
constexpr std::string_view messagePacket = "4";
constexpr std::string_view textEnd = "\"]";
constexpr std::size_t maxFrameHead = 10;  // unmasked
}  // namespace

OutMessage::OutMessage(Framing framing, std::string_view text, const std::vector<std::string>& attachments,
                       std::size_t offsetSize)
    : framing_(framing),
      textSize_(static_cast<std::uint32_t>(text.size())),
      offsetSize_(static_cast<std::uint32_t>(offsetSize)) {
  frames_.reserve(maxFrameHead + messagePacket.size() + text.size());
  appendFrame(frames_, Opcode::Text, framing_ == Framing::EngineIo ? messagePacket : std::string_view(), text);
  textAt_ = static_cast<std::uint32_t>(frames_.size() - text.size());
  for (const auto& attachment : attachments) {
    appendFrame(frames_, Opcode::Binary, attachment);
    attachments_.push_back({frames_.size() - attachment.size(), attachment.size()});
  }
}

std::string_view OutMessage::offset() const {
  if (offsetSize_ == 0) return {};
  return std::string_view(frames_).substr(textAt_ + textSize_ - textEnd.size() - offsetSize_, offsetSize_);
}

const std::string& OutMessage::pollingPackets() const {
  std::call_once(pollingMade_, [this] {
    std::string packets(messagePacket);
    packets.append(frames_, textAt_, textSize_);
    for (const auto& [at, size] : attachments_)
      packets.append({recordSeparator, 'b'}).append(toBase64(std::string_view(frames_).substr(at, size)));
    polling_ = std::make_unique<const std::string>(std::move(packets));
  });
  return *polling_;
}

}  // namespace parley::realtime
