// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "realtime/engine/websocket_codec.h"

#include <string>
#include <string_view>

namespace parley::realtime {

/// A frame as a client sends it: `lead` is the first byte (FIN, reserved bits, opcode).
inline std::string maskedFrame(unsigned lead, std::string_view payload) {
  std::string frame;
  appendFrame(frame, Opcode::Text, payload);
  frame[0] = static_cast<char>(lead);
  frame[1] = static_cast<char>(static_cast<unsigned char>(frame[1]) | 0x80U);
  const auto headerSize = frame.size() - payload.size();
  constexpr std::string_view mask = "\x37\xfa\x21\x3d";
  frame.insert(headerSize, mask);
  for (std::size_t i = 0; i < payload.size(); ++i) {
    char& at = frame[headerSize + mask.size() + i];
    at = static_cast<char>(at ^ mask[i % mask.size()]);
  }
  return frame;
}

}  // namespace parley::realtime
