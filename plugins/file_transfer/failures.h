// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/error.h>

#include <cstdint>
#include <string>

// The failures that several places have in common, with what people are told about them (texts.json).
namespace file_transfer {

/// "512 B", "1.5 MiB", "100 MiB": rounded down to a tenth.
std::string sizeText(std::uint64_t bytes);

parley::Error noSuchFile();
parley::Error noSuchUpload();
parley::Error notTheUploader();
parley::Error fileTooLarge(std::uint64_t maxFileSize);
parley::Error quotaUsedUp(std::uint64_t userQuota);
parley::Error imageTooLarge(const std::string& detail);
parley::Error imageUnreadable();

}  // namespace file_transfer
