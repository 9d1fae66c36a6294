// SPDX-License-Identifier: Apache-2.0
#include "upright.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace file_transfer {

namespace {

std::string number(unsigned value, int bytes, bool bigEndian) {
  std::string text;
  for (int i = 0; i < bytes; ++i) {
    const int shift = 8 * (bigEndian ? bytes - 1 - i : i);
    text += static_cast<char>(value >> static_cast<unsigned>(shift) & 0xFFU);
  }
  return text;
}

/// A JPEG's head that says nothing but how it is to be turned.
std::string saying(unsigned orientation, bool bigEndian = true, unsigned type = 3, unsigned entries = 1) {
  const auto n16 = [&](unsigned value) { return number(value, 2, bigEndian); };
  const auto n32 = [&](unsigned value) { return number(value, 4, bigEndian); };
  const auto value = bigEndian ? n16(orientation) + n16(0) : n32(orientation);
  const auto tiff = std::string(bigEndian ? "MM" : "II") + n16(42) + n32(8) + n16(entries) + n16(0x0112) + n16(type) +
                    n32(1) + value + n32(0);
  const auto exif = std::string("Exif\0\0", 6) + tiff;
  return "\xFF\xD8\xFF\xE1" + number(static_cast<unsigned>(exif.size() + 2), 2, true) + exif + "\xFF\xD9";
}

}  // namespace

TEST(Orientation, IsReadInBothByteOrders) {
  for (unsigned orientation = 1; orientation <= 8; ++orientation) {
    EXPECT_EQ(orientationOf(saying(orientation)), static_cast<int>(orientation));
    EXPECT_EQ(orientationOf(saying(orientation, false)), static_cast<int>(orientation));
  }
}

TEST(Orientation, IsUprightWhenItIsNotSaidOrMakesNoSense) {
  EXPECT_EQ(orientationOf(""), 1);
  EXPECT_EQ(orientationOf("\xFF\xD8\xFF\xD9"), 1);
  for (const unsigned wrong : {0U, 9U, 0xFFFFU}) EXPECT_EQ(orientationOf(saying(wrong)), 1) << wrong;
  EXPECT_EQ(orientationOf(saying(6, true, 1)), 1) << "not a short";
  EXPECT_EQ(orientationOf(saying(6, true, 3, 0)), 1) << "no entries";
}

TEST(Orientation, ReadsNothingBeyondWhatIsThere) {
  const auto whole = saying(6);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    // On the heap and of that size, so that a sanitizer notices a byte too many.
    const std::vector<char> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    orientationOf({cut.data(), cut.size()});
  }
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const char wrong : {'\0', '\x7F', '\xFF'}) {
      auto broken = whole;
      broken[at] = wrong;
      orientationOf(broken);
    }
  }
  EXPECT_EQ(orientationOf(saying(6, true, 3, 0xFFFF)), 6) << "more entries than there are";
}

TEST(Upright, TurnsAndMirrorsAsEveryOrientationSays) {
  // How a picture of the letters "ab" over "cd" over "ef" is stored, and what must be seen.
  const std::vector<std::string> seen{"ab", "cd", "ef"};
  const std::vector<std::vector<std::string>> stored{
      {"ab", "cd", "ef"}, {"ba", "dc", "fe"}, {"fe", "dc", "ba"}, {"ef", "cd", "ab"},
      {"ace", "bdf"},     {"bdf", "ace"},     {"fdb", "eca"},     {"eca", "fdb"},
  };
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const auto& rows = stored[static_cast<std::size_t>(orientation - 1)];
    Image image(gdImageCreateTrueColor(static_cast<int>(rows[0].size()), static_cast<int>(rows.size())));
    for (std::size_t y = 0; y < rows.size(); ++y)
      for (std::size_t x = 0; x < rows[y].size(); ++x)
        gdImageSetPixel(image.get(), static_cast<int>(x), static_cast<int>(y), rows[y][x]);
    const auto turned = upright(std::move(image), orientation);
    ASSERT_EQ(gdImageSX(turned.get()), 2) << orientation;
    ASSERT_EQ(gdImageSY(turned.get()), 3) << orientation;
    std::vector<std::string> now(3);
    for (int y = 0; y < 3; ++y)
      for (int x = 0; x < 2; ++x)
        now[static_cast<std::size_t>(y)] += static_cast<char>(gdImageGetTrueColorPixel(turned.get(), x, y));
    EXPECT_EQ(now, seen) << orientation;
  }
}

}  // namespace file_transfer
