// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace parley::realtime {

/// RFC 6455 section 11.8.
enum class Opcode : std::uint8_t { Continuation = 0, Text = 1, Binary = 2, Close = 8, Ping = 9, Pong = 10 };

/// RFC 6455 section 7.4.1.
namespace close_code {
inline constexpr std::uint16_t normal = 1000;
inline constexpr std::uint16_t goingAway = 1001;
inline constexpr std::uint16_t protocolError = 1002;
inline constexpr std::uint16_t unsupportedData = 1003;
inline constexpr std::uint16_t noStatus = 1005;  ///< never on the wire: the peer gave none
inline constexpr std::uint16_t invalidPayload = 1007;
inline constexpr std::uint16_t policyViolation = 1008;
inline constexpr std::uint16_t messageTooBig = 1009;
}  // namespace close_code

/// The code to close with for one of SessionHandler::onClose's reasons.
std::uint16_t closeCodeFor(std::string_view reason);

/// Appends an unmasked, final frame, as servers send it (RFC 6455 section 5.2). The payload may be given in two parts.
void appendFrame(std::string& out, Opcode opcode, std::string_view payload, std::string_view rest = {});
/// A close frame; no payload for close_code::noStatus, the reason is cut to what fits (RFC 6455 section 5.5.1).
std::string closeFrame(std::uint16_t code, std::string_view reason = {});

/// Reads the frames that a client sends: bytes in, messages out. Extensions are not known: permessage-deflate is never
/// negotiated (its window would cost each idle client more memory than all the rest together), so a reserved bit is a
/// fault. Keeps about 100 bytes between messages; what a client claims to send is never allocated before it comes.
class WebSocketDecoder {
 public:
  struct Limits {
    std::size_t maxMessage = 1'000'000;
    std::size_t maxFragments = 1024;  ///< frames of one message
  };
  enum class Event {
    NeedMore,  ///< keep what is left of the input and call again with more behind it
    Text,      ///< takePayload is a complete message in valid UTF-8
    Binary,
    Ping,
    Pong,
    Close,  ///< closeCode and takePayload (the reason) are the peer's
    Fault,  ///< closeCode and faultText say why; stays so
  };

  /// `limits` outlive it.
  explicit WebSocketDecoder(const Limits& limits) : limits_(limits) {}

  /// Takes bytes off the front of `input` up to the end of the next message, if it is there.
  Event next(std::string_view& input);
  std::string takePayload();
  std::uint16_t closeCode() const { return closeCode_; }
  const char* faultText() const { return faultText_; }

 private:
  struct Header;
  Event fault(std::uint16_t code, const char* text);
  bool parseHeader(std::string_view input, Header& header);
  bool checkLeadBytes(unsigned char first, unsigned char second);
  Event startData(const Header& header);
  Event finishData();
  Event readControl(const Header& header, std::string_view payload);
  void readData(std::string_view& input);

  const Limits& limits_;
  std::string message_;
  std::string control_;
  std::uint64_t remaining_ = 0;  ///< payload bytes of the current data frame that have not come
  const char* faultText_ = nullptr;
  std::uint32_t fragments_ = 0;  ///< frames of the current message
  std::array<unsigned char, 4> mask_{};
  std::uint16_t closeCode_ = 0;
  Opcode opcode_ = Opcode::Continuation;  ///< of the current message; Continuation: none is begun
  bool inFrame_ = false;
  bool final_ = false;
  bool controlReady_ = false;
};

}  // namespace parley::realtime
