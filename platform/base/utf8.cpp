// SPDX-License-Identifier: Apache-2.0
#include "base/utf8.h"

#include <cstdint>
#include <cstring>

namespace parley::base {

namespace {

bool inRange(unsigned char byte, unsigned char low, unsigned char high) {
  return byte >= low && byte <= high;
}

/// The length of the well-formed sequence of several bytes at `at`; 0 when there is none.
std::size_t sequenceLength(const unsigned char* at, std::size_t left) {
  const auto lead = at[0];
  const auto tail = [&](std::size_t i) { return inRange(at[i], 0x80, 0xBF); };
  if (inRange(lead, 0xC2, 0xDF)) return left >= 2 && tail(1) ? 2 : 0;
  if (inRange(lead, 0xE0, 0xEF)) {
    const unsigned char low = lead == 0xE0 ? 0xA0 : 0x80;
    const unsigned char high = lead == 0xED ? 0x9F : 0xBF;
    return left >= 3 && inRange(at[1], low, high) && tail(2) ? 3 : 0;
  }
  if (inRange(lead, 0xF0, 0xF4)) {
    const unsigned char low = lead == 0xF0 ? 0x90 : 0x80;
    const unsigned char high = lead == 0xF4 ? 0x8F : 0xBF;
    return left >= 4 && inRange(at[1], low, high) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

/// Where the first byte is that belongs to no well-formed sequence; the end when there is none.
std::size_t firstFault(std::string_view bytes, std::size_t at) {
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  while (at < bytes.size()) {
    std::uint64_t eight = 0;
    if (bytes.size() - at >= sizeof eight) {
      std::memcpy(&eight, data + at, sizeof eight);
      if ((eight & 0x8080808080808080U) == 0) {
        at += sizeof eight;
        continue;
      }
    }
    if (data[at] < 0x80) {
      ++at;
      continue;
    }
    const auto length = sequenceLength(data + at, bytes.size() - at);
    if (length == 0) return at;
    at += length;
  }
  return bytes.size();
}

}  // namespace

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
