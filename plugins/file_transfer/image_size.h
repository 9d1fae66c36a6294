// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace file_transfer {

/// Width and height as the image's header says; zeros when it cannot be read. Formats: JPEG, PNG, GIF, WebP.
struct ImageSize {
  std::uint64_t width = 0;
  std::uint64_t height = 0;
};

/// Never less than what libgd makes of it: where the two could differ, the image counts as unreadable.
ImageSize imageSize(std::string_view image, const std::string& type);

}  // namespace file_transfer
