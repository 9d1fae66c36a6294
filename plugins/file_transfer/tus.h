// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "access.h"
#include "tus_sink.h"

#include <parley/scope.h>

#include <memory>
#include <string>

namespace file_transfer {

/// Resumable uploads: tus 1.0.0 (https://tus.io/protocols/resumable-upload) with creation, creation-with-upload,
/// expiration, checksum, termination. The id of an upload becomes the file's. [worker]
class Tus {
 public:
  static constexpr const char* version = "1.0.0";

  Tus(const UploadKit& kit, FileAccess& access);

  parley::HttpResponse options() const;
  std::unique_ptr<parley::BodySink> create(const parley::HttpCall& call, const parley::HttpReply& reply);
  std::unique_ptr<parley::BodySink> patch(const parley::HttpCall& call, const parley::HttpReply& reply);
  void head(const parley::HttpCall& call, const parley::HttpReply& reply);
  parley::HttpResponse terminate(const parley::HttpCall& call);

 private:
  /// The upload of the request's path, if it is the caller's.
  Upload uploadOf(const parley::HttpCall& call);
  std::unique_ptr<parley::BodySink> sink(const Upload& upload, std::optional<Checksum> checksum, UploadTurns::Turn turn,
                                         std::unique_ptr<PartialBlob> partial, parley::HttpResponse answer,
                                         const parley::HttpReply& reply);
  /// Gives `answer` with the offset; a complete upload becomes a file before.
  void conclude(const Upload& upload, UploadTurns::Turn turn, std::uint64_t offset, parley::HttpResponse answer,
                const parley::HttpReply& reply);

  const UploadKit& kit_;
  FileAccess& access_;
  UploadTurns turns_;
};

}  // namespace file_transfer
