// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace search {

/// What a character of folded text is to the index.
enum class Kind : std::uint8_t {
  Space,
  Symbol,  ///< punctuation, signs, emoji: found as itself
  Word,    ///< of a script that puts spaces between words: found from the beginning of a word on
  Gram,    ///< of a script that does not (Chinese, Japanese, Thai …), and Hangul: found anywhere
};

Kind kindOf(char32_t character);

/// Text in the form that is compared: compatibility forms, case and accents are gone (Unicode NFKC_Casefold without the
/// marks of Latin, Greek, Cyrillic, Hebrew and Arabic), white space is U+0020. Marks that make another letter
/// (Japanese, Indic, Thai) stay.
struct Folded {
  std::u32string text;
  std::vector<std::uint32_t> begin;  ///< per character of `text`: the first code point of the source it stands for
  std::vector<std::uint32_t> end;    ///< and one past the last
};

/// Bytes that are not UTF-8 count as one U+FFFD each.
Folded fold(std::string_view utf8);
std::string foldText(std::string utf8);

void appendUtf8(std::string& text, char32_t character);
std::string toUtf8(std::u32string_view text);
/// Bytes that are not UTF-8 become one U+FFFD each.
std::u32string toUtf32(std::string_view utf8);
/// The character that ends before `position`, which is not 0 and between two characters of valid UTF-8.
char32_t characterBefore(std::string_view utf8, std::size_t position);

}  // namespace search
