// SPDX-License-Identifier: Apache-2.0
#include "log_file.h"

#include <parley/error.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

using namespace parley;

namespace audit {

namespace {

int openToAppend(const std::string& path) {
  return ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
}

}  // namespace

LogFile::LogFile(std::string path, Log& log, Metric& lost)
    : path_(std::move(path)), losses_(log, lost, "the file " + path_) {}

void LogFile::check() const {
  const int file = openToAppend(path_);
  if (file < 0) throw Error(ErrorCode::ValidationFailed, "file: " + path_ + ": " + std::strerror(errno));
  ::close(file);
}

/// One write of a whole line: lines of several threads do not mix.
void LogFile::append(const JsonObject& entry) {
  const auto line = boost::json::serialize(entry) + '\n';
  const int file = openToAppend(path_);
  const bool written = file >= 0 && ::write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  const int error = errno;
  if (file >= 0) ::close(file);
  if (written)
    losses_.end();
  else
    losses_.add(std::strerror(error));
}

}  // namespace audit
