// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "library.h"
#include "thumbnail_line.h"

#include <parley/scope.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace file_transfer {

/// Small images of images, made once by libgd and kept beside the blob. What would take too much memory is refused
/// before it is decoded; few are made at once, the others wait in line without holding a worker.
class Thumbnails {
 public:
  /// The longer side. What is asked for is rounded up to one of these, so that a client can make no more of them.
  static constexpr std::array<int, 6> sides{32, 64, 128, 256, 512, 1024};
  static std::string blobName(const std::string& sha256, int side);
  /// VALIDATION_FAILED unless it is a number up to the largest.
  static int sideFor(const std::string& text);

  using Done = ThumbnailLine::Done;

  /// While there is one, libgd writes nothing to stderr.
  Thumbnails(parley::Scope& scope, BlobStore& blobs, const Settings& settings);
  ~Thumbnails();
  Thumbnails(const Thumbnails&) = delete;
  Thumbnails& operator=(const Thumbnails&) = delete;

  /// `done` is called now or later, on a worker. UNSUPPORTED_TYPE for what is no image, PAYLOAD_TOO_LARGE for one that
  /// is too large, UNAVAILABLE when too many wait, or too many of this user's. [worker]
  void get(const std::string& user, const File& file, int side, Done done);

  /// Whether thumbnails can be made of such files.
  static bool isImage(const std::string& type);
  /// What browsers need to show it.
  static std::string typeOf(const std::string& imageType);

 private:
  using Job = ThumbnailLine::Job;
  void next();
  std::vector<Done> end(const Job& job, const parley::Result<Thumbnail>& result);
  void tell(const std::vector<Done>& waiters, const parley::Result<Thumbnail>& result);
  parley::Result<Thumbnail> run(const Job& job);
  parley::Result<Thumbnail> find(const File& file, int side);
  void make(const File& file, int side);

  parley::Scope& scope_;
  BlobStore& blobs_;
  const Settings& settings_;
  std::mutex mutex_;
  ThumbnailLine line_;
  std::size_t running_ = 0;
};

}  // namespace file_transfer
