// SPDX-License-Identifier: Apache-2.0
#include "failures.h"

#include <array>

using parley::Error;
using parley::ErrorCode;

namespace file_transfer {

std::string sizeText(std::uint64_t bytes) {
  constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB"};
  constexpr std::uint64_t step = 1024;
  std::size_t unit = 0;
  std::uint64_t scale = 1;
  while (unit + 1 < units.size() && bytes / scale >= step) {
    scale *= step;
    ++unit;
  }
  const auto tenths = bytes % scale * 10 / scale;
  return std::to_string(bytes / scale) + (tenths > 0 ? "." + std::to_string(tenths) : "") + " " + units.at(unit);
}

Error noSuchFile() {
  return {ErrorCode::NotFound, "there is no such file", {"file_transfer.noFile"}};
}

Error noSuchUpload() {
  return {ErrorCode::NotFound, "there is no such upload", {"file_transfer.noUpload"}};
}

Error notTheUploader() {
  return {ErrorCode::Forbidden, "the upload is another user's", {"file_transfer.anothersUpload"}};
}

Error fileTooLarge(std::uint64_t maxFileSize) {
  return {ErrorCode::PayloadTooLarge,
          "file: must be at most " + std::to_string(maxFileSize) + " bytes",
          {"file_transfer.tooLarge", {{"size", sizeText(maxFileSize)}}}};
}

Error quotaUsedUp(std::uint64_t userQuota) {
  return {ErrorCode::PayloadTooLarge,
          "the quota of " + std::to_string(userQuota) + " bytes is used up",
          {"file_transfer.quota", {{"size", sizeText(userQuota)}}}};
}

Error imageTooLarge(const std::string& detail) {
  return {ErrorCode::PayloadTooLarge, detail, {"file_transfer.imageTooLarge"}};
}

Error imageUnreadable() {
  return {ErrorCode::UnsupportedType, "the image cannot be read", {"file_transfer.imageUnreadable"}};
}

}  // namespace file_transfer
