// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace search {

/// Numbers as text, since a document holds text: five bits a character, low ones first, in the alphabet of base64url;
/// the sixth bit says that more follow. Most are small differences: one character each.
inline constexpr std::string_view numberAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

inline void appendNumber(std::string& text, std::uint64_t number) {
  for (; number >= 32; number >>= 5) text += numberAlphabet[32 | (number & 31)];
  text += numberAlphabet[number];
}

/// Reads what appendNumber wrote; throws std::runtime_error for anything else.
class NumberReader {
 public:
  explicit NumberReader(std::string_view text) : text_(text) {}

  bool done() const { return text_.empty(); }
  std::uint64_t next() {
    std::uint64_t number = 0;
    for (unsigned shift = 0;; shift += 5) {
      if (text_.empty() || shift > 60) throw std::runtime_error("a page of the search index is damaged");
      const auto bits = values[static_cast<unsigned char>(text_.front())];
      if (bits > 63) throw std::runtime_error("a page of the search index is damaged");
      text_.remove_prefix(1);
      number |= std::uint64_t{bits & 31U} << shift;
      if (bits < 32) return number;
    }
  }

 private:
  static constexpr std::array<std::uint8_t, 256> values = [] {
    std::array<std::uint8_t, 256> table{};
    table.fill(0xFF);
    for (std::size_t i = 0; i < numberAlphabet.size(); ++i)
      table[static_cast<unsigned char>(numberAlphabet[i])] = static_cast<std::uint8_t>(i);
    return table;
  }();
  std::string_view text_;
};

}  // namespace search
