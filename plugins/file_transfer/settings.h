// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/scope.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace file_transfer {

struct Settings {
  std::string directory;
  std::uint64_t maxFileSize = 0;
  std::uint64_t userQuota = 0;  ///< 0: none
  std::int64_t userFiles = 0;   ///< 0: no limit
  std::vector<std::string> types;
  std::chrono::hours uploadAge{};
  std::chrono::hours orphanAge{};  ///< 0: for ever
  std::chrono::seconds urlAge{};
  std::chrono::seconds sweep{};
  std::size_t maxParts = 0;
  std::size_t maxPartHead = 0;
  std::int64_t thumbnailMaxPixels = 0;
  std::uint64_t thumbnailMaxFileSize = 0;
  std::size_t thumbnailsAtOnce = 0;
  std::size_t thumbnailsWaiting = 0;

  explicit Settings(const parley::Config& config)
      : directory(config.text("directory")),
        maxFileSize(static_cast<std::uint64_t>(config.integer("maxFileSize"))),
        userQuota(static_cast<std::uint64_t>(config.integer("userQuota"))),
        userFiles(config.integer("userFiles")),
        types(config.texts("types")),
        uploadAge(config.integer("uploadHours")),
        orphanAge(config.integer("orphanHours")),
        urlAge(config.integer("urlSeconds")),
        sweep(config.integer("sweepSeconds")),
        maxParts(static_cast<std::size_t>(config.integer("maxParts"))),
        maxPartHead(static_cast<std::size_t>(config.integer("maxPartHead"))),
        thumbnailMaxPixels(config.integer("thumbnailMaxPixels")),
        thumbnailMaxFileSize(static_cast<std::uint64_t>(config.integer("thumbnailMaxFileSize"))),
        thumbnailsAtOnce(static_cast<std::size_t>(config.integer("thumbnailsAtOnce"))),
        thumbnailsWaiting(static_cast<std::size_t>(config.integer("thumbnailsWaiting"))) {}
};

}  // namespace file_transfer
