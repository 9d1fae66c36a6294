// SPDX-License-Identifier: Apache-2.0
// What an image's header says must be what libgd makes room for.
#include "image_size.h"

#include "upright.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace std::string_literals;

namespace file_transfer {

namespace {

constexpr int realWidth = 300;
constexpr int realHeight = 200;

std::string big(std::size_t value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>(value >> static_cast<unsigned>(8 * i) & 0xFFU);
  return text;
}

std::string encoded(void* (*encode)(gdImagePtr, int*)) {
  const Image image(gdImageCreateTrueColor(realWidth, realHeight));
  int size = 0;
  void* bytes = encode(image.get(), &size);
  std::string text(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
  gdFree(bytes);
  return text;
}

std::string jpeg() {
  return encoded([](gdImagePtr image, int* size) { return gdImageJpegPtr(image, size, 80); });
}

std::string segment(unsigned marker, const std::string& content) {
  return "\xFF"s + static_cast<char>(marker) + big(content.size() + 2, 2) + content;
}

/// A JPEG with this between its beginning (with the first APP0) and the rest.
std::string jpegWith(const std::string& more) {
  const std::size_t afterApp0 = 20;
  return jpeg().insert(afterApp0, more);
}

std::string text(ImageSize size) {
  return std::to_string(size.width) + "x" + std::to_string(size.height);
}

/// What libgd reads, "0x0" when it cannot.
std::string decoded(std::string bytes, gdImagePtr (*decode)(int, void*)) {
  const Image image(decode(static_cast<int>(bytes.size()), bytes.data()));
  return image ? std::to_string(gdImageSX(image.get())) + "x" + std::to_string(gdImageSY(image.get())) : "0x0";
}

std::string decodedJpeg(const std::string& bytes) {
  return decoded(bytes, [](int size, void* data) { return gdImageCreateFromJpegPtrEx(size, data, 1); });
}

const std::string real = "300x200";
const std::string none = "0x0";

}  // namespace

TEST(ImageSize, IsReadOfEveryKind) {
  EXPECT_EQ(text(imageSize(jpeg(), "image/jpeg")), real);
  EXPECT_EQ(text(imageSize(encoded(gdImagePngPtr), "image/png")), real);
  EXPECT_EQ(text(imageSize(encoded(gdImageGifPtr), "image/gif")), real);
  EXPECT_EQ(text(imageSize(encoded(gdImageWebpPtr), "image/webp")), real);
  EXPECT_EQ(text(imageSize(jpeg(), "image/png")), none);
  EXPECT_EQ(text(imageSize(jpeg(), "text/plain")), none);
}

TEST(ImageSize, OfAJpegIsNotThatOfAnotherHeaderInIt) {
  // Whoever takes what follows FF 01 for a length, 0xFFFE, lands in the second comment, at a header of 16 x 16.
  const auto fake = "\xFF\xC0\0\x11\x08\0\x10\0\x10\x03"s;
  const std::size_t first = 0xFF00;
  const std::size_t before = 0xFFFE - (4 + first + 4);
  const auto comments = segment(0xFE, std::string(first, 'x')) + segment(0xFE, std::string(before, 'x') + fake);
  for (const unsigned alone : {0x01U, 0xD0U, 0xD7U}) {
    const auto trick = jpegWith("\xFF"s + static_cast<char>(alone) + comments);
    EXPECT_EQ(decodedJpeg(trick), real) << alone;
    EXPECT_EQ(text(imageSize(trick, "image/jpeg")), real) << alone;
  }
  EXPECT_EQ(text(imageSize(jpegWith(segment(0xFE, fake)), "image/jpeg")), real);
}

TEST(ImageSize, OfAJpegIsFoundBehindMarkersThatStandAloneAndFillBytes) {
  for (const auto& more : {"\xFF\x01"s, "\xFF\xD0\xFF\xD3\xFF\xD7"s, "\xFF\xFF\xFF"s, "\xFF\xFF\x01\xFF"s}) {
    EXPECT_EQ(decodedJpeg(jpegWith(more)), real);
    EXPECT_EQ(text(imageSize(jpegWith(more), "image/jpeg")), real);
  }
}

TEST(ImageSize, OfAJpegThatIsNotUnderstoodIsNone) {
  for (const auto& more : {
           "\xFF\xE1\0\0"s, "\xFF\xE1\0\x01"s,                       // shorter than the length itself
           "\xFF\xD8"s, "\xFF\xD9"s,                                 // another beginning, an end
           "\xFF\xDA\0\x02"s,                                        // a scan before any frame
           "\xFF\xC8\0\x02"s, "\xFF\x02\0\x02"s, "\xFF\xF0\0\x02"s,  // reserved
           "\xFF\0"s, "x"s,                                          // no marker
           "\xFF\xE1\xFF\xFF"s,                                      // beyond the end
       })
    EXPECT_EQ(text(imageSize(jpegWith(more), "image/jpeg")), none) << testing::PrintToString(more);
  EXPECT_EQ(text(imageSize(jpeg().substr(1), "image/jpeg")), none);
}

TEST(ImageSize, ReadsNothingBeyondWhatIsThere) {
  const auto check = [](const std::string& whole, const std::string& type) {
    for (std::size_t size = 0; size < std::min<std::size_t>(whole.size(), 1000); ++size) {
      // On the heap and of that size, so that a sanitizer notices a byte too many.
      const std::vector<char> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      imageSize({cut.data(), cut.size()}, type);
    }
  };
  check(jpeg(), "image/jpeg");
  check(encoded(gdImagePngPtr), "image/png");
  check(encoded(gdImageGifPtr), "image/gif");
  check(encoded(gdImageWebpPtr), "image/webp");
}

TEST(ImageSize, OfAPngIsNotThatOfAnotherChunk) {
  const auto chunk = "teSt"s + big(16, 4) + big(16, 4) + std::string(5, '\0');
  const auto sum = crc32(0, reinterpret_cast<const Bytef*>(chunk.data()), static_cast<uInt>(chunk.size()));
  const auto trick = encoded(gdImagePngPtr).insert(8, big(chunk.size() - 4, 4) + chunk + big(sum, 4));
  EXPECT_EQ(decoded(trick, gdImageCreateFromPngPtr), real) << "the trick file is an image";
  EXPECT_EQ(text(imageSize(trick, "image/png")), none);
}

// What is relied upon: of these, the header that is read is the one that counts.
TEST(ImageSize, OfAGifOrAWebPThatIsLessThanItsFrameMakesItUnreadable) {
  const auto gif = encoded(gdImageGifPtr).replace(6, 4, "\x10\0\x10\0"s);
  EXPECT_EQ(text(imageSize(gif, "image/gif")), "16x16");
  EXPECT_EQ(decoded(gif, gdImageCreateFromGifPtr), none);

  const auto canvas = [](char width, char height) {
    auto webp = encoded(gdImageWebpPtr);
    webp.insert(12, "VP8X\x0A\0\0\0\0\0\0\0"s + width + '\x01' + '\0' + height + "\0\0"s);
    const auto size = big(webp.size() - 8, 4);
    return webp.replace(4, 4, std::string(size.rbegin(), size.rend()));
  };
  EXPECT_EQ(decoded(canvas('\x2B', '\xC7'), gdImageCreateFromWebpPtr), real);
  EXPECT_EQ(text(imageSize(canvas('\x2B', '\x10'), "image/webp")), "300x17");
  EXPECT_EQ(decoded(canvas('\x2B', '\x10'), gdImageCreateFromWebpPtr), none);
}

}  // namespace file_transfer
