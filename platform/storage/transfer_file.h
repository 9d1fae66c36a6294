// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/error.h>

#include <openssl/evp.h>

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace parley::storage {

/// A file that is damaged, or is none of ours; the detail names it.
class FileFault : public Error {
 public:
  explicit FileFault(std::string detail) : Error(ErrorCode::ValidationFailed, std::move(detail)) {}
};

/// SHA-256 of what is added, in lower-case hex.
class Sha256 {
 public:
  Sha256();
  void add(std::string_view bytes);
  std::string finish();

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

/// A file that gets its name when it is complete; until then, and after a fault, there is nothing of that name.
class NewFile {
 public:
  /// Throws Error UNAVAILABLE that names the file.
  explicit NewFile(std::string path);
  ~NewFile();
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  /// Where it is written: for its owner alone, empty at first.
  const std::string& temporaryPath() const { return temporary_; }
  void write(std::string_view bytes);
  /// What was written is durable, without its name yet.
  void sync();
  /// Makes it durable under its name.
  void commit();

 private:
  [[noreturn]] void fail(const char* what) const;

  const std::string path_;
  const std::string temporary_;
  std::FILE* file_ = nullptr;
  bool committed_ = false;
};

/// Reads lines and knows their numbers.
class LineReader {
 public:
  explicit LineReader(const std::string& path);
  /// False at the end, where the last line stays.
  bool next();
  /// Without its newline.
  const std::string& line() const { return line_; }
  /// False for a last line without a newline.
  bool isWhole() const { return whole_; }
  /// Throws FileFault that names the line, too.
  [[noreturn]] void refuse(const std::string& why) const;

 private:
  const std::string path_;
  std::ifstream in_;
  std::string line_;
  std::int64_t number_ = 0;
  bool whole_ = true;
};

}  // namespace parley::storage
