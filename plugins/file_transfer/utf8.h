// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

namespace file_transfer {

/// Whether bytes that come piece by piece are UTF-8 (Unicode table 3-7).
class Utf8Check {
 public:
  void update(std::string_view bytes);
  /// Of what has come so far. `goesOn`: more follows, so that the last character may be cut off.
  bool isValid(bool goesOn = false) const { return valid_ && (goesOn || missing_ == 0); }

 private:
  void take(unsigned char byte);

  bool valid_ = true;
  int missing_ = 0;  ///< bytes of the character that has begun; the next one is from `low_` to `high_`
  unsigned char low_ = 0x80;
  unsigned char high_ = 0xBF;
};

/// How many bytes the character at the front of `text` has; 0 when it is not valid UTF-8.
std::size_t characterSize(std::string_view text);

}  // namespace file_transfer
