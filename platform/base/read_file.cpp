// SPDX-License-Identifier: Apache-2.0
#include "base/read_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace parley::base {

Result<std::string> readFile(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  std::string text;
  std::array<char, std::size_t{64} * 1024> piece{};
  auto got = file < 0 ? ssize_t{-1} : ::read(file, piece.data(), piece.size());
  for (; got > 0; got = ::read(file, piece.data(), piece.size()))
    text.append(piece.data(), static_cast<std::size_t>(got));
  const int error = errno;
  if (file >= 0) ::close(file);
  if (got < 0)
    return Error(ErrorCode::Unavailable,
                 "the file " + path + " cannot be read: " + std::generic_category().message(error));
  return text;
}

}  // namespace parley::base
