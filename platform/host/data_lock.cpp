// SPDX-License-Identifier: Apache-2.0
#include "host/data_lock.h"

#include <parley/error.h>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <string_view>
#include <system_error>

namespace parley::host {

namespace {

constexpr int mostLinks = 40;  ///< that Linux follows

std::string ownerOf(int file) {
  std::array<char, 32> text{};
  const auto read = ::pread(file, text.data(), text.size(), 0);
  return read > 0 ? std::string(text.data(), static_cast<std::size_t>(read)) : "unknown";
}

std::string systemText(int code) {
  return std::generic_category().message(code);
}

}  // namespace

std::string realPath(const std::string& databaseFile) {
  std::error_code error;
  auto file = std::filesystem::absolute(databaseFile, error);
  // One by one, since the last of them may lead to a file that is still to be made.
  for (int links = 0; links < mostLinks && std::filesystem::is_symlink(file, error); ++links)
    file = file.parent_path() / std::filesystem::read_symlink(file, error);
  const auto real = std::filesystem::weakly_canonical(file, error);
  return error ? databaseFile : real.string();
}

DataLock::DataLock(const std::string& databaseFile) {
  const auto file = realPath(databaseFile);
  const auto folder = std::filesystem::path(file).parent_path();
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error)
    throw Error(ErrorCode::Unavailable, "the folder " + folder.string() + " cannot be made: " + error.message());
  // Each of the names would have a lock, and a log, of its own.
  if (std::filesystem::is_regular_file(file, error) && std::filesystem::hard_link_count(file, error) > 1)
    throw Error(ErrorCode::Unavailable, "the database " + databaseFile +
                                            " has a second name (a hard link), under which another server could write "
                                            "to it: remove that, or make it a copy");

  const auto path = file + ".lock";
  file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (file_ < 0) throw Error(ErrorCode::Unavailable, path + " cannot be opened: " + systemText(errno));
  if (::flock(file_, LOCK_EX | LOCK_NB) != 0) {
    const auto owner = ownerOf(file_);
    ::close(file_);
    throw Error(ErrorCode::Unavailable,
                "the database " + databaseFile + " is in use by another server (process " + owner + ")");
  }
  const auto owner = std::to_string(::getpid());
  if (::ftruncate(file_, 0) != 0 || ::pwrite(file_, owner.data(), owner.size(), 0) < 0) {
    const auto code = errno;
    ::close(file_);
    throw Error(ErrorCode::Unavailable, path + " cannot be written: " + systemText(code));
  }
}

DataLock::~DataLock() {
  ::close(file_);
}

}  // namespace parley::host
