// SPDX-License-Identifier: Apache-2.0
#include "upright.h"

#include <libexif/exif-data.h>

#include <algorithm>
#include <utility>

namespace file_transfer {

namespace {

constexpr int first = 1;
constexpr int last = 8;

struct FreeExif {
  void operator()(ExifData* data) const { exif_data_unref(data); }
};

bool isTransposed(int orientation) {
  return orientation >= 5;
}
bool isMirroredAcross(int orientation) {
  return orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
}
bool isMirroredDown(int orientation) {
  return orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
}

}  // namespace

int orientationOf(std::string_view jpeg) {
  // Behind the segments of the head there is nothing of Exif: what a camera writes there is below 64 KiB each.
  constexpr std::size_t head = std::size_t{256} * 1024;
  const auto size = static_cast<unsigned>(std::min(jpeg.size(), head));
  const std::unique_ptr<ExifData, FreeExif> data(
      exif_data_new_from_data(reinterpret_cast<const unsigned char*>(jpeg.data()), size));
  if (!data) return first;
  const ExifEntry* entry = exif_content_get_entry(data->ifd[EXIF_IFD_0], EXIF_TAG_ORIENTATION);
  if (entry == nullptr || entry->format != EXIF_FORMAT_SHORT || entry->size < 2) return first;
  const int orientation = exif_get_short(entry->data, exif_data_get_byte_order(data.get()));
  return orientation >= first && orientation <= last ? orientation : first;
}

Image upright(Image image, int orientation) {
  if (!image || orientation <= first || orientation > last) return image;
  const int width = gdImageSX(image.get());
  const int height = gdImageSY(image.get());
  const bool transposed = isTransposed(orientation);
  Image turned(transposed ? gdImageCreateTrueColor(height, width) : gdImageCreateTrueColor(width, height));
  if (!turned) return turned;
  for (int row = 0; row < gdImageSY(turned.get()); ++row) {
    for (int column = 0; column < gdImageSX(turned.get()); ++column) {
      int x = transposed ? row : column;
      int y = transposed ? column : row;
      if (isMirroredAcross(orientation)) x = width - 1 - x;
      if (isMirroredDown(orientation)) y = height - 1 - y;
      gdImageTrueColorPixel(turned.get(), column, row) = gdImageTrueColorPixel(image.get(), x, y);
    }
  }
  return turned;
}

}  // namespace file_transfer
