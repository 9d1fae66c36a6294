// SPDX-License-Identifier: Apache-2.0
#include "folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>

namespace fs = std::filesystem;

namespace file_transfer {

namespace {

bool tryLock(int file) {
  return ::flock(file, LOCK_EX | LOCK_NB) == 0;
}

/// A descriptor of the open file by which this process has the lock already, which keeps it until the last of them is
/// closed; -1: it has not.
int lockOfThisProcess(const fs::path& path) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/proc/self/fd", error)) {
    if (!fs::equivalent(entry.path(), path, error)) continue;
    const int copy = ::fcntl(std::stoi(entry.path().filename()), F_DUPFD_CLOEXEC, 0);
    if (copy >= 0 && tryLock(copy)) return copy;
    if (copy >= 0) ::close(copy);
  }
  return -1;
}

}  // namespace

FolderLock::FolderLock(const fs::path& folder) {
  const auto path = folder / ".lock";
  file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file_ < 0) throw std::runtime_error(path.string() + " cannot be opened: " + std::strerror(errno));
  if (tryLock(file_)) return;
  const int reason = errno;
  ::close(file_);
  file_ = lockOfThisProcess(path);
  if (file_ >= 0) return;
  throw std::runtime_error("the folder " + folder.string() +
                           (reason == EWOULDBLOCK
                                ? std::string(" is in use by another server; each needs one of its own")
                                : std::string(" cannot be locked: ") + std::strerror(reason)));
}

FolderLock::~FolderLock() {
  ::close(file_);
}

}  // namespace file_transfer
