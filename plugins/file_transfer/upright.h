// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gd.h>

#include <memory>
#include <string_view>

namespace file_transfer {

struct FreeImage {
  void operator()(gdImagePtr image) const { gdImageDestroy(image); }
};
using Image = std::unique_ptr<gdImage, FreeImage>;

/// Exif's tag Orientation (CIPA DC-008, 4.6.4): 1 is upright, up to 8 are turned or mirrored. 1 when a JPEG does not
/// say one of these.
int orientationOf(std::string_view jpeg);

/// The true-colour image as it is meant to be seen. Null when there is no memory for it.
Image upright(Image image, int orientation);

}  // namespace file_transfer
