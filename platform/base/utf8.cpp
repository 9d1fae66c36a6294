// SPDX-License-Identifier: Apache-2.0
#include "base/utf8.h"

#include <cstdint>
#include <cstring>

namespace parley::base {

namespace {

bool inRange(unsigned char byte, unsigned char low, unsigned char high) {
  return byte >= low && byte <= high;
}

/// Where the first byte is that belongs to no well-formed sequence; the end when there is none.
std::size_t firstFault(std::string_view bytes, std::size_t at) {
  while (at < bytes.size()) {
    std::uint64_t eight = 0;
    if (bytes.size() - at >= sizeof eight) {
      std::memcpy(&eight, bytes.data() + at, sizeof eight);
      if ((eight & 0x8080808080808080U) == 0) {
        at += sizeof eight;
        continue;
      }
    }
    const auto length = characterLength(bytes.substr(at));
    if (length == 0) return at;
    at += length;
  }
  return bytes.size();
}

}  // namespace

std::size_t characterLength(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto tail = [&](std::size_t i) { return inRange(at(i), 0x80, 0xBF); };
  const auto lead = at(0);
  if (lead < 0x80) return 1;
  if (inRange(lead, 0xC2, 0xDF)) return text.size() >= 2 && tail(1) ? 2 : 0;
  if (inRange(lead, 0xE0, 0xEF)) {
    const unsigned char low = lead == 0xE0 ? 0xA0 : 0x80;
    const unsigned char high = lead == 0xED ? 0x9F : 0xBF;
    return text.size() >= 3 && inRange(at(1), low, high) && tail(2) ? 3 : 0;
  }
  if (inRange(lead, 0xF0, 0xF4)) {
    const unsigned char low = lead == 0xF0 ? 0x90 : 0x80;
    const unsigned char high = lead == 0xF4 ? 0x8F : 0xBF;
    return text.size() >= 4 && inRange(at(1), low, high) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

bool isUtf8(std::string_view bytes) {
  return firstFault(bytes, 0) == bytes.size();
}

bool mendUtf8(std::string& text) {
  auto fault = firstFault(text, 0);
  if (fault == text.size()) return false;
  std::string mended;
  std::size_t at = 0;
  while (fault < text.size()) {
    mended.append(text, at, fault - at).append("\uFFFD");
    at = fault + 1;
    fault = firstFault(text, at);
  }
  text = mended.append(text, at);
  return true;
}

}  // namespace parley::base
