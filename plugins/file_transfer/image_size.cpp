// SPDX-License-Identifier: Apache-2.0
#include "image_size.h"

#include <cstddef>

namespace file_transfer {

namespace {

std::uint64_t big(std::string_view bytes, std::size_t at, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = at; i < at + count; ++i) value = value << 8U | static_cast<unsigned char>(bytes[i]);
  return value;
}

std::uint64_t little(std::string_view bytes, std::size_t at, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = at + count; i > at; --i) value = value << 8U | static_cast<unsigned char>(bytes[i - 1]);
  return value;
}

/// What may follow a JPEG's marker before the frame header (ITU-T T.81, table B.1).
enum class Segment { None, Frame, Other, Refused };

Segment segmentOf(unsigned marker) {
  if (marker == 0x01 || (marker >= 0xD0 && marker <= 0xD7)) return Segment::None;   // TEM, RST0 to RST7
  if (marker == 0xC4 || marker == 0xCC) return Segment::Other;                      // DHT, DAC
  if (marker >= 0xC0 && marker <= 0xCF && marker != 0xC8) return Segment::Frame;    // SOF0 to SOF15
  if (marker >= 0xDB && marker <= 0xDD) return Segment::Other;                      // DQT, DNL, DRI
  if ((marker >= 0xE0 && marker <= 0xEF) || marker == 0xFE) return Segment::Other;  // APP0 to APP15, COM
  return Segment::Refused;  // SOI, EOI and SOS, which end the search, and what libjpeg does not know either
}

/// The frame header of a JPEG (B.2.2), found as libjpeg finds it: a walk that a file can lead elsewhere takes a small
/// header for that of a large image. Bytes between two segments, which libjpeg skips, are therefore refused.
ImageSize jpegSize(std::string_view image) {
  if (!image.starts_with("\xFF\xD8")) return {};
  std::size_t at = 2;
  while (at + 9 <= image.size() && image[at] == '\xFF') {
    const auto marker = static_cast<unsigned char>(image[at + 1]);
    if (marker == 0xFF) {  // a fill byte
      ++at;
      continue;
    }
    const auto segment = segmentOf(marker);
    const auto length = static_cast<std::size_t>(big(image, at + 2, 2));
    if (segment == Segment::None) {
      at += 2;
      continue;
    }
    if (segment == Segment::Refused || length < 2) return {};
    if (segment == Segment::Frame) return {big(image, at + 7, 2), big(image, at + 5, 2)};
    at += 2 + length;
  }
  return {};
}

/// libpng takes chunks that it does not know before IHDR, too; the standard (PNG, 11.2.1) has IHDR first.
ImageSize pngSize(std::string_view image) {
  using namespace std::string_view_literals;
  if (!image.starts_with("\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR"sv) || image.size() < 24) return {};
  return {big(image, 16, 4), big(image, 20, 4)};
}

/// The screen: libgd refuses a frame beyond it.
ImageSize gifSize(std::string_view image) {
  if (!image.starts_with("GIF8") || image.size() < 10) return {};
  return {little(image, 6, 2), little(image, 8, 2)};
}

/// The three kinds of WebP (RFC 9649 sections 2.5 to 2.7). libwebp refuses a frame that does not fill the canvas.
ImageSize webpSize(std::string_view image) {
  if (image.size() < 30 || !image.starts_with("RIFF") || image.substr(8, 4) != "WEBP") return {};
  const auto kind = image.substr(12, 4);
  if (kind == "VP8 ") return {little(image, 26, 2) & 0x3FFFU, little(image, 28, 2) & 0x3FFFU};
  if (kind == "VP8L") {
    const auto bits = little(image, 21, 4);
    return {(bits & 0x3FFFU) + 1, ((bits >> 14U) & 0x3FFFU) + 1};
  }
  if (kind == "VP8X") return {little(image, 24, 3) + 1, little(image, 27, 3) + 1};
  return {};
}

}  // namespace

ImageSize imageSize(std::string_view image, const std::string& type) {
  if (type == "image/jpeg") return jpegSize(image);
  if (type == "image/png") return pngSize(image);
  if (type == "image/gif") return gifSize(image);
  if (type == "image/webp") return webpSize(image);
  return {};
}

}  // namespace file_transfer
