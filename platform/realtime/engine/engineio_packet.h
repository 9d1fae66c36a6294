// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace parley::realtime {

/// The packets of Engine.IO protocol 4; the value is the character on the wire.
enum class EnginePacketType : char {
  Open = '0',
  Close = '1',
  Ping = '2',
  Pong = '3',
  Message = '4',
  Upgrade = '5',
  Noop = '6',
};

struct EnginePacket {
  EnginePacketType type = EnginePacketType::Noop;
  std::string data;
  bool binary = false;  ///< a message of bytes
  bool operator==(const EnginePacket&) const = default;
};

/// Between the packets of a polling payload.
inline constexpr char recordSeparator = '\x1e';

/// A packet of a polling payload, or the text of a WebSocket message: type and data, or "b" and base64. Nothing when it
/// is malformed: empty, of an unknown type, or not strict base64.
std::optional<EnginePacket> decodePacket(std::string_view text);
/// Appends the text form of a packet.
void encodePacket(std::string& out, const EnginePacket& packet);

/// Takes the packets of a polling payload one by one. The view must outlive it.
class PayloadDecoder {
 public:
  explicit PayloadDecoder(std::string_view payload) : rest_(payload) {}
  bool atEnd() const { return atEnd_; }
  /// The next packet; nothing when it is malformed. Not to be called at the end.
  std::optional<EnginePacket> next();

 private:
  std::string_view rest_;
  bool atEnd_ = false;
};

}  // namespace parley::realtime
