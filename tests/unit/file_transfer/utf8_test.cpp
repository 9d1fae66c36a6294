// SPDX-License-Identifier: Apache-2.0
#include "utf8.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace file_transfer {

namespace {

/// What a check says of bytes that come one by one.
bool isUtf8(std::string_view bytes, bool goesOn = false) {
  Utf8Check check;
  for (std::size_t i = 0; i < bytes.size(); ++i) check.update(bytes.substr(i, 1));
  return check.isValid(goesOn);
}

std::string bytes(std::uint32_t last, std::size_t count) {
  std::string text;
  for (std::size_t i = count; i > 0; --i) text += static_cast<char>(last >> (8 * (i - 1)) & 0xFFU);
  return text;
}

}  // namespace

TEST(Utf8, TakesEveryCharacterAndNothingElse) {
  std::size_t valid = 0;
  for (std::uint32_t two = 0; two <= 0xFFFF; ++two) valid += isUtf8(bytes(two, 2)) ? 1 : 0;
  EXPECT_EQ(valid, 0x80U * 0x80U + (0x800U - 0x80U)) << "two of ASCII, or one of two bytes";
  valid = 0;
  for (std::uint32_t three = 0xE00000; three <= 0xEFFFFF; ++three) valid += isUtf8(bytes(three, 3)) ? 1 : 0;
  EXPECT_EQ(valid, 0x10000U - 0x800U - 0x800U) << "without what is shorter, and surrogates";
  for (const auto* text : {"", "a", "é", "你", "😀", "a你😀b", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"})
    EXPECT_TRUE(isUtf8(text)) << text;
  for (const auto* text : {"\x80", "\xC1\xBF", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF\xFE",
                           "\xC4\xE3\xBA\xC3", "caf\xE9 au lait"})
    EXPECT_FALSE(isUtf8(text)) << text;
}

TEST(Utf8, MayBeCutOffWhereItGoesOn) {
  const std::string text = "你😀";
  for (const std::size_t cut : {1U, 2U, 4U, 5U, 6U}) {
    EXPECT_FALSE(isUtf8(text.substr(0, cut))) << cut;
    EXPECT_TRUE(isUtf8(text.substr(0, cut), true)) << cut;
  }
  EXPECT_FALSE(isUtf8("\xE4\x41", true));
  EXPECT_FALSE(isUtf8("\xFF", true));
}

TEST(Utf8, CharactersHaveASize) {
  EXPECT_EQ(characterSize("ab"), 1U);
  EXPECT_EQ(characterSize("éa"), 2U);
  EXPECT_EQ(characterSize("你a"), 3U);
  EXPECT_EQ(characterSize("😀a"), 4U);
  for (const auto* text : {"", "\xE4\xBD", "\x80", "\xC3\x41", "\xED\xA0\x80"}) EXPECT_EQ(characterSize(text), 0U);
}

}  // namespace file_transfer
