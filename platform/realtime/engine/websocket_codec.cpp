// SPDX-License-Identifier: Apache-2.0
#include "realtime/engine/websocket_codec.h"

#include "base/utf8.h"

#include <algorithm>
#include <cstring>

namespace parley::realtime {

namespace {

constexpr std::size_t maxControlPayload = 125;

void appendBigEndian(std::string& out, std::uint64_t value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xFF);
}

void appendUnmasked(std::string& out, std::string_view masked, std::array<unsigned char, 4>& mask) {
  const auto start = out.size();
  out.append(masked);
  char* at = out.data() + start;
  std::size_t left = masked.size();
  std::uint64_t wide = 0;
  std::memcpy(&wide, mask.data(), 4);
  std::memcpy(reinterpret_cast<char*>(&wide) + 4, mask.data(), 4);
  for (; left >= 8; left -= 8, at += 8) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, at, 8);
    eight ^= wide;
    std::memcpy(at, &eight, 8);
  }
  for (std::size_t i = 0; i < left; ++i) at[i] = static_cast<char>(at[i] ^ static_cast<char>(mask[i % 4]));
  // The next piece of this frame goes on where this one stopped in the mask.
  const auto old = mask;
  for (std::size_t i = 0; i < 4; ++i) mask[i] = old[(i + left) % 4];
}

/// RFC 6455 section 7.4: what may stand in a close frame.
bool isSendableCloseCode(std::uint16_t code) {
  if (code >= 3000) return code <= 4999;
  return code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006;
}

bool isControl(Opcode opcode) {
  return static_cast<std::uint8_t>(opcode) >= 8;
}

}  // namespace

std::uint16_t closeCodeFor(std::string_view reason) {
  return reason == "server shutting down" ? close_code::goingAway : close_code::normal;
}

void appendFrame(std::string& out, Opcode opcode, std::string_view payload, std::string_view rest) {
  const std::uint64_t size = payload.size() + rest.size();
  out.reserve(out.size() + size + 10);
  out += static_cast<char>(0x80U | static_cast<std::uint8_t>(opcode));
  if (size < 126) {
    out += static_cast<char>(size);
  } else if (size <= 0xFFFF) {
    out += static_cast<char>(126);
    appendBigEndian(out, size, 2);
  } else {
    out += static_cast<char>(127);
    appendBigEndian(out, size, 8);
  }
  out.append(payload).append(rest);
}

std::string closeFrame(std::uint16_t code, std::string_view reason) {
  std::string frame;
  if (code == close_code::noStatus) {
    appendFrame(frame, Opcode::Close, {});
    return frame;
  }
  std::string status;
  appendBigEndian(status, code, 2);
  reason = reason.substr(0, maxControlPayload - 2);
  while (!base::isUtf8(reason)) reason.remove_suffix(1);
  appendFrame(frame, Opcode::Close, status, reason);
  return frame;
}

struct WebSocketDecoder::Header {
  Opcode opcode{};
  bool final = false;
  std::uint64_t length = 0;
  std::array<unsigned char, 4> mask{};
  std::size_t size = 0;  ///< of the header itself
};

WebSocketDecoder::Event WebSocketDecoder::fault(std::uint16_t code, const char* text) {
  closeCode_ = code;
  faultText_ = text;
  message_ = {};
  return Event::Fault;
}

std::string WebSocketDecoder::takePayload() {
  std::string& from = controlReady_ ? control_ : message_;
  std::string payload;
  payload.swap(from);
  return payload;
}

WebSocketDecoder::Event WebSocketDecoder::next(std::string_view& input) {
  controlReady_ = false;
  while (faultText_ == nullptr) {
    if (inFrame_) {
      readData(input);
      if (remaining_ > 0) return Event::NeedMore;
      inFrame_ = false;
      if (final_) return finishData();
    }
    Header header;
    if (!parseHeader(input, header)) return faultText_ != nullptr ? Event::Fault : Event::NeedMore;
    if (isControl(header.opcode)) {
      if (input.size() - header.size < header.length) return Event::NeedMore;
      const auto payload = input.substr(header.size, header.length);
      input.remove_prefix(header.size + header.length);
      return readControl(header, payload);
    }
    input.remove_prefix(header.size);
    if (startData(header) == Event::Fault) break;
  }
  return Event::Fault;
}

/// False when more is needed or something is wrong. What the first two bytes tell is checked as soon as they are there.
bool WebSocketDecoder::parseHeader(std::string_view input, Header& header) {
  if (input.size() < 2) return false;
  const auto byteAt = [&](std::size_t at) { return static_cast<unsigned char>(input[at]); };
  if (!checkLeadBytes(byteAt(0), byteAt(1))) return false;
  header.final = (byteAt(0) & 0x80U) != 0;
  header.opcode = static_cast<Opcode>(byteAt(0) & 0x0FU);
  header.length = byteAt(1) & 0x7FU;
  const std::size_t extended = header.length == 126 ? 2 : header.length == 127 ? 8 : 0;
  header.size = 2 + extended + header.mask.size();
  if (input.size() < header.size) return false;
  if (extended > 0) {
    header.length = 0;
    for (std::size_t i = 0; i < extended; ++i) header.length = header.length << 8 | byteAt(2 + i);
    if (header.length < (extended == 2 ? 126U : 0x10000U) || header.length >> 63 != 0) {
      fault(close_code::protocolError, "length not in its shortest form");
      return false;
    }
  }
  std::memcpy(header.mask.data(), input.data() + 2 + extended, header.mask.size());
  return true;
}

bool WebSocketDecoder::checkLeadBytes(unsigned char first, unsigned char second) {
  const auto opcode = static_cast<Opcode>(first & 0x0FU);
  const bool known = (first & 0x0FU) <= 2 || ((first & 0x0FU) >= 8 && (first & 0x0FU) <= 10);
  const char* wrong = nullptr;
  if ((first & 0x70U) != 0) {
    wrong = "reserved bit set without an extension";
  } else if (!known) {
    wrong = "unknown opcode";
  } else if ((second & 0x80U) == 0) {
    wrong = "frame is not masked";
  } else if (isControl(opcode) && (first & 0x80U) == 0) {
    wrong = "control frame in fragments";
  } else if (isControl(opcode) && (second & 0x7FU) > maxControlPayload) {
    wrong = "control frame too long";
  } else if (opcode == Opcode::Continuation && opcode_ == Opcode::Continuation) {
    wrong = "continuation of nothing";
  } else if (!isControl(opcode) && opcode != Opcode::Continuation && opcode_ != Opcode::Continuation) {
    wrong = "new message inside of another";
  }
  if (wrong != nullptr) fault(close_code::protocolError, wrong);
  return wrong == nullptr;
}

WebSocketDecoder::Event WebSocketDecoder::startData(const Header& header) {
  if (header.length > limits_.maxMessage || message_.size() > limits_.maxMessage - header.length) {
    return fault(close_code::messageTooBig, "message too big");
  }
  if (++fragments_ > limits_.maxFragments) return fault(close_code::policyViolation, "message in too many fragments");
  if (header.opcode != Opcode::Continuation) opcode_ = header.opcode;
  final_ = header.final;
  mask_ = header.mask;
  remaining_ = header.length;
  inFrame_ = true;
  return Event::NeedMore;
}

void WebSocketDecoder::readData(std::string_view& input) {
  const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, input.size()));
  appendUnmasked(message_, input.substr(0, taken), mask_);
  input.remove_prefix(taken);
  remaining_ -= taken;
}

WebSocketDecoder::Event WebSocketDecoder::finishData() {
  const bool text = opcode_ == Opcode::Text;
  opcode_ = Opcode::Continuation;
  fragments_ = 0;
  if (!text) return Event::Binary;
  return base::isUtf8(message_) ? Event::Text : fault(close_code::invalidPayload, "text is not UTF-8");
}

WebSocketDecoder::Event WebSocketDecoder::readControl(const Header& header, std::string_view payload) {
  auto mask = header.mask;
  control_.clear();
  appendUnmasked(control_, payload, mask);
  controlReady_ = true;
  if (header.opcode == Opcode::Ping) return Event::Ping;
  if (header.opcode == Opcode::Pong) return Event::Pong;
  closeCode_ = close_code::noStatus;
  if (control_.empty()) return Event::Close;
  if (control_.size() == 1) return fault(close_code::protocolError, "close frame of one byte");
  closeCode_ = static_cast<std::uint16_t>(static_cast<unsigned char>(control_[0]) << 8 |
                                          static_cast<unsigned char>(control_[1]));
  control_.erase(0, 2);
  if (!isSendableCloseCode(closeCode_)) return fault(close_code::protocolError, "close code not allowed");
  if (!base::isUtf8(control_)) return fault(close_code::invalidPayload, "close reason is not UTF-8");
  return Event::Close;
}

}  // namespace parley::realtime
