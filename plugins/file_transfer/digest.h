// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace file_transfer {

/// A message digest, fed piece by piece.
class Digest {
 public:
  /// "sha256", "sha1" or "md5"; throws std::invalid_argument for another name.
  explicit Digest(const std::string& algorithm = "sha256");
  ~Digest();
  Digest(const Digest&) = delete;
  Digest& operator=(const Digest&) = delete;

  void update(std::string_view bytes);
  /// The digest's bytes. Once.
  std::string finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

std::string hexOf(std::string_view bytes);
/// Lower-case hexadecimal digits for so many bytes that nobody can guess.
std::string randomHex(std::size_t bytes);
/// HMAC-SHA-256, its bytes.
std::string hmac(std::string_view key, std::string_view text);
/// Takes as long whatever the difference.
bool sameSecret(std::string_view a, std::string_view b);

}  // namespace file_transfer
