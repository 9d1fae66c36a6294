// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "digest.h"
#include "form_upload.h"

#include <parley/scope.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace file_transfer {

/// One upload as it is used now. A client that lost its connection comes back before the server has noticed: the newest
/// request has the upload, what an older one still brings is refused.
class UploadTurns {
 public:
  class Turn {
   public:
    /// Runs `use` unless a newer request has the upload: CONFLICT then. One at a time.
    template <typename F>
    void use(F&& function) {
      const std::lock_guard lock(upload_->mutex);
      if (upload_->newest != number_)
        throw parley::Error(parley::ErrorCode::Conflict, "a newer request has this upload");
      function();
    }

   private:
    friend class UploadTurns;
    struct Upload {
      std::mutex mutex;
      std::uint64_t newest = 0;
    };
    Turn(std::shared_ptr<Upload> upload, std::uint64_t number) : upload_(std::move(upload)), number_(number) {}
    std::shared_ptr<Upload> upload_;
    std::uint64_t number_;
  };

  /// Takes the upload for a new request. [any thread]
  Turn take(const std::string& id);

 private:
  std::mutex mutex_;
  std::map<std::string, std::weak_ptr<Turn::Upload>> uploads_;  ///< those in use
};

/// `Upload-Checksum` of a request: checked at its end.
struct Checksum {
  std::unique_ptr<Digest> digest;
  std::string expected;
};

/// Takes the bytes of one PATCH, or of a POST that brings some.
class TusSink final : public parley::BodySink {
 public:
  /// Called at the end with the upload as it is now, the turn and the new offset, all of it durable.
  using Done = std::function<void(const Upload& upload, UploadTurns::Turn turn, std::uint64_t offset)>;

  TusSink(const UploadKit& kit, Upload upload, UploadTurns::Turn turn, std::unique_ptr<PartialBlob> partial,
          std::optional<Checksum> checksum, parley::HttpReply reply, Done done);

  void onData(std::string_view piece) override;
  void onEnd() override;
  void onBroken() override;

 private:
  void refuseWrongType();
  void keep();

  const UploadKit& kit_;
  Upload upload_;
  UploadTurns::Turn turn_;
  std::unique_ptr<PartialBlob> partial_;
  std::optional<Checksum> checksum_;
  parley::HttpReply reply_;
  Done done_;
  std::uint64_t begin_;
};

/// Reads a complete upload for its digest, a slice a task, and makes it a file. `done` is called once, on a worker.
void finishUpload(const UploadKit& kit, const Upload& upload, UploadTurns::Turn turn,
                  std::function<void(parley::Result<File>)> done);

}  // namespace file_transfer
