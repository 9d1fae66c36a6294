// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace file_transfer {

/// Keeps a second server from the same folder, where it would take the files of the first one for nobody's: a lock on
/// the folder's file `.lock`, which the system gives back when the process ends, however it ends. A plugin that starts
/// anew while calls into its run before go on has the lock together with that one.
class FolderLock {
 public:
  /// Throws std::runtime_error that names the folder.
  explicit FolderLock(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int file_ = -1;
};

}  // namespace file_transfer
