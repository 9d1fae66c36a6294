// SPDX-License-Identifier: Apache-2.0
#include "storage/transfer_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

namespace parley::storage {

namespace {

/// After a rename: the folder's own entry has to reach the disk too.
void syncFolderOf(const std::string& path) {
  const auto folder = std::filesystem::absolute(path).parent_path();
  const int file = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return;
  ::fsync(file);
  ::close(file);
}

}  // namespace

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1)
    throw Error(ErrorCode::Internal, "no SHA-256 in this OpenSSL");
}

void Sha256::add(std::string_view bytes) {
  EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size());
}

std::string Sha256::finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_DigestFinal_ex(context_.get(), digest.data(), &size);
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (unsigned i = 0; i < size; ++i) {
    text += digits[digest[i] >> 4U];
    text += digits[digest[i] & 15U];
  }
  return text;
}

NewFile::NewFile(std::string path) : path_(std::move(path)), temporary_(path_ + ".part") {
  const int file = ::open(temporary_.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  if (file >= 0) file_ = ::fdopen(file, "wb");
  if (file_ == nullptr) fail("cannot make");
}

NewFile::~NewFile() {
  if (file_ != nullptr) std::fclose(file_);
  if (!committed_) ::unlink(temporary_.c_str());
}

void NewFile::write(std::string_view bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size()) fail("cannot write");
}

void NewFile::sync() {
  if (std::fflush(file_) != 0 || ::fsync(::fileno(file_)) != 0) fail("cannot write");
}

void NewFile::commit() {
  sync();
  if (std::rename(temporary_.c_str(), path_.c_str()) != 0) fail("cannot rename");
  committed_ = true;
  syncFolderOf(path_);
}

void NewFile::fail(const char* what) const {
  const auto reason = std::generic_category().message(errno);
  throw Error(ErrorCode::Unavailable, std::string(what) + " " + temporary_ + ": " + reason);
}

LineReader::LineReader(const std::string& path) : path_(path) {
  std::error_code error;
  const auto kind = std::filesystem::status(path, error).type();
  // A pipe could be read once alone.
  if (std::filesystem::exists(std::filesystem::file_status(kind)) && kind != std::filesystem::file_type::regular)
    throw Error(ErrorCode::Unavailable, path + " is no regular file");
  in_.open(path, std::ios::binary);
  if (!in_) throw Error(ErrorCode::Unavailable, "cannot read " + path);
}

bool LineReader::next() {
  std::string line;
  if (!std::getline(in_, line)) return false;
  line_ = std::move(line);
  whole_ = !in_.eof();
  ++number_;
  return true;
}

void LineReader::refuse(const std::string& why) const {
  throw FileFault(path_ + ", line " + std::to_string(number_) + ": " + why);
}

}  // namespace parley::storage
