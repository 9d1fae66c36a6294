// SPDX-License-Identifier: Apache-2.0
#include "realtime/engine/engineio_packet.h"

#include "realtime/engine/base64.h"

namespace parley::realtime {

std::optional<EnginePacket> decodePacket(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const char type = text.front();
  text.remove_prefix(1);
  if (type == 'b') {
    auto bytes = fromBase64(text);
    if (!bytes) return std::nullopt;
    return EnginePacket{EnginePacketType::Message, std::move(*bytes), true};
  }
  if (type < '0' || type > '6') return std::nullopt;
  return EnginePacket{static_cast<EnginePacketType>(type), std::string(text), false};
}

void encodePacket(std::string& out, const EnginePacket& packet) {
  if (packet.binary) {
    out.append(1, 'b').append(toBase64(packet.data));
  } else {
    out.append(1, static_cast<char>(packet.type)).append(packet.data);
  }
}

std::optional<EnginePacket> PayloadDecoder::next() {
  const auto end = rest_.find(recordSeparator);
  const auto text = rest_.substr(0, end);
  atEnd_ = end == std::string_view::npos;
  if (!atEnd_) rest_.remove_prefix(end + 1);
  return decodePacket(text);
}

}  // namespace parley::realtime
