// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "blob_store.h"
#include "folder_lock.h"

#include <parley/scope.h>

#include <filesystem>
#include <optional>

namespace file_transfer {

/// Blobs in a folder: `partial/ID`, and `blobs/ab/NAME` by the first two digits of the name.
class LocalBlobs final : public BlobStore {
 public:
  /// Makes the folders. Throws std::runtime_error when that fails, or another server has them. The clock and the log,
  /// which is told what the system refuses, outlive all blobs.
  LocalBlobs(const std::string& folder, const parley::Clock& clock, parley::Log& log);

  std::unique_ptr<PartialBlob> create(const std::string& id) override;
  std::unique_ptr<PartialBlob> open(const std::string& id) override;
  void discard(const std::string& id) override;
  void forEachPartial(const std::function<void(const std::string& id)>& each) override;
  void commit(const std::string& id, const std::string& name) override;
  std::unique_ptr<BlobReader> read(const std::string& name) override;
  void remove(const std::string& name) override;
  void forEachBlob(int shard, const std::function<void(const std::string& name)>& each) override;

  class Faults;

 private:
  std::filesystem::path partialPath(const std::string& id) const;
  std::filesystem::path blobPath(const std::string& name) const;

  std::shared_ptr<Faults> faults_;
  std::filesystem::path partials_;
  std::filesystem::path blobs_;
  std::optional<FolderLock> lock_;
};

}  // namespace file_transfer
