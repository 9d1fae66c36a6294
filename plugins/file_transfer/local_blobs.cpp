// SPDX-License-Identifier: Apache-2.0
#include "local_blobs.h"

#include <parley/error.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace fs = std::filesystem;

namespace file_transfer {

using parley::Error;
using parley::ErrorCode;

/// Failed system calls: the caller is told the reason, without a path, and the log now and then, since a full disk
/// fails every upload. [any thread]
class LocalBlobs::Faults {
 public:
  Faults(const parley::Clock& clock, parley::Log& log) : clock_(clock), log_(log) {}

  [[noreturn]] void fail(const std::string& what) {
    const int error = errno;
    report("files cannot be " + what + ": " + std::strerror(error));
    switch (error) {
      case ENOSPC:
      case EDQUOT:
      case EFBIG: throw Error(ErrorCode::Unavailable, "there is no room for files", {"file_transfer.noRoom"});
      case EMFILE:
      case ENFILE: throw Error(ErrorCode::Unavailable, "too many files are open");
      default: throw Error(ErrorCode::Internal, "files cannot be " + what);
    }
  }

 private:
  void report(const std::string& text) {
    constexpr std::chrono::seconds every{10};
    const std::lock_guard lock(mutex_);
    const auto now = clock_.steady();
    if (reported_ && now - *reported_ < every) return;
    reported_ = now;
    log_.error(text);
  }

  const parley::Clock& clock_;
  parley::Log& log_;
  std::mutex mutex_;
  std::optional<parley::Instant> reported_;
};

namespace {

using Faults = LocalBlobs::Faults;

class File final {
 public:
  explicit File(int fd) : fd_(fd) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd() const { return fd_; }
  bool isOpen() const { return fd_ >= 0; }

 private:
  int fd_;
};

std::uint64_t sizeOf(int fd, Faults& faults) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) faults.fail("looked at");
  return static_cast<std::uint64_t>(info.st_size);
}

std::string readAt(int fd, std::uint64_t offset, std::size_t max, Faults& faults) {
  std::string bytes(max, '\0');
  std::size_t size = 0;
  while (size < max) {
    const auto got = ::pread(fd, bytes.data() + size, max - size, static_cast<off_t>(offset + size));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) faults.fail("read");
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  bytes.resize(size);
  return bytes;
}

class LocalPartial final : public PartialBlob {
 public:
  LocalPartial(int fd, std::shared_ptr<Faults> faults)
      : faults_(std::move(faults)), file_(fd), size_(sizeOf(fd, *faults_)) {}

  std::uint64_t size() const override { return size_; }
  void append(std::string_view bytes) override {
    while (!bytes.empty()) {
      const auto put = ::pwrite(file_.fd(), bytes.data(), bytes.size(), static_cast<off_t>(size_));
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) faults_->fail("written");
      size_ += static_cast<std::uint64_t>(put);
      bytes.remove_prefix(static_cast<std::size_t>(put));
    }
  }
  void truncate(std::uint64_t size) override {
    if (::ftruncate(file_.fd(), static_cast<off_t>(size)) != 0) faults_->fail("cut");
    size_ = size;
  }
  void sync() override {
    if (::fsync(file_.fd()) != 0) faults_->fail("written");
  }
  std::string read(std::uint64_t offset, std::size_t max) const override {
    return readAt(file_.fd(), offset, max, *faults_);
  }

 private:
  std::shared_ptr<Faults> faults_;
  File file_;
  std::uint64_t size_;
};

class LocalReader final : public BlobReader {
 public:
  LocalReader(int fd, std::shared_ptr<Faults> faults)
      : faults_(std::move(faults)), file_(fd), size_(sizeOf(fd, *faults_)) {}
  std::uint64_t size() const override { return size_; }
  std::string read(std::uint64_t offset, std::size_t max) const override {
    return readAt(file_.fd(), offset, max, *faults_);
  }

 private:
  std::shared_ptr<Faults> faults_;
  File file_;
  std::uint64_t size_;
};

void syncFolder(const fs::path& folder, Faults& faults) {
  const File opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened.isOpen() || ::fsync(opened.fd()) != 0) faults.fail("written");
}

/// Names come from this plugin alone; this is the proof of it.
void check(const std::string& name, std::size_t minSize) {
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == '-' || c == 't';
  });
  if (!plain || name.size() < minSize || name.size() > 80) throw Error(ErrorCode::Internal, "not the name of a file");
}

/// The names of the files in a folder, gathered first, so that what is done with them may change the folder.
std::vector<std::string> namesIn(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) names.push_back(entry.path().filename().string());
  return names;
}

}  // namespace

LocalBlobs::LocalBlobs(const std::string& folder, const parley::Clock& clock, parley::Log& log)
    : faults_(std::make_shared<Faults>(clock, log)),
      partials_(fs::path(folder) / "partial"),
      blobs_(fs::path(folder) / "blobs") {
  fs::create_directories(folder);
  lock_.emplace(folder);
  fs::create_directories(partials_);
  fs::create_directories(blobs_);
  fs::permissions(folder, fs::perms::owner_all);
  syncFolder(folder, *faults_);
}

fs::path LocalBlobs::partialPath(const std::string& id) const {
  check(id, 24);
  return partials_ / id;
}

fs::path LocalBlobs::blobPath(const std::string& name) const {
  check(name, 64);
  return blobs_ / name.substr(0, 2) / name;
}

std::unique_ptr<PartialBlob> LocalBlobs::create(const std::string& id) {
  const int fd = ::open(partialPath(id).c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) faults_->fail("made");
  return std::make_unique<LocalPartial>(fd, faults_);
}

std::unique_ptr<PartialBlob> LocalBlobs::open(const std::string& id) {
  const int fd = ::open(partialPath(id).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0 && errno == ENOENT) return nullptr;
  if (fd < 0) faults_->fail("opened");
  return std::make_unique<LocalPartial>(fd, faults_);
}

void LocalBlobs::discard(const std::string& id) {
  if (::unlink(partialPath(id).c_str()) != 0 && errno != ENOENT) faults_->fail("removed");
}

void LocalBlobs::forEachPartial(const std::function<void(const std::string& id)>& each) {
  for (const auto& name : namesIn(partials_)) each(name);
}

void LocalBlobs::commit(const std::string& id, const std::string& name) {
  const auto from = partialPath(id);
  const auto to = blobPath(name);
  if (::access(to.c_str(), F_OK) == 0) return discard(id);
  if (::mkdir(to.parent_path().c_str(), 0700) == 0) {
    syncFolder(blobs_, *faults_);
  } else if (errno != EEXIST) {
    faults_->fail("made");
  }
  if (::rename(from.c_str(), to.c_str()) != 0) faults_->fail("written");
  syncFolder(to.parent_path(), *faults_);
}

std::unique_ptr<BlobReader> LocalBlobs::read(const std::string& name) {
  const int fd = ::open(blobPath(name).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0 && errno == ENOENT) return nullptr;
  if (fd < 0) faults_->fail("opened");
  return std::make_unique<LocalReader>(fd, faults_);
}

void LocalBlobs::remove(const std::string& name) {
  if (::unlink(blobPath(name).c_str()) != 0 && errno != ENOENT) faults_->fail("removed");
}

void LocalBlobs::forEachBlob(int shard, const std::function<void(const std::string& name)>& each) {
  std::array<char, 3> digits{};
  std::snprintf(digits.data(), digits.size(), "%02x", static_cast<unsigned>(shard) & 0xFFU);
  for (const auto& name : namesIn(blobs_ / digits.data())) each(name);
}

}  // namespace file_transfer
