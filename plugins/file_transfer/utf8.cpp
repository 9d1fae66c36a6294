// SPDX-License-Identifier: Apache-2.0
#include "utf8.h"

namespace file_transfer {

void Utf8Check::update(std::string_view bytes) {
  for (const char c : bytes) {
    if (!valid_) return;
    take(static_cast<unsigned char>(c));
  }
}

void Utf8Check::take(unsigned char byte) {
  if (missing_ > 0) {
    valid_ = byte >= low_ && byte <= high_;
    --missing_;
    low_ = 0x80;
    high_ = 0xBF;
  } else if (byte >= 0x80) {
    valid_ = byte >= 0xC2 && byte <= 0xF4;
    missing_ = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
    if (byte == 0xE0) low_ = 0xA0;  // neither longer than need be …
    if (byte == 0xF0) low_ = 0x90;
    if (byte == 0xED) high_ = 0x9F;  // … nor a surrogate, nor beyond U+10FFFF
    if (byte == 0xF4) high_ = 0x8F;
  }
}

std::size_t characterSize(std::string_view text) {
  Utf8Check check;
  for (std::size_t size = 1; size <= text.size() && check.isValid(true); ++size) {
    check.update(text.substr(size - 1, 1));
    if (check.isValid()) return size;
  }
  return 0;
}

}  // namespace file_transfer
