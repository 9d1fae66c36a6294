// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "auth/algorithm.h"

#include <openssl/types.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace parley::auth {

/// What signatures of one algorithm are checked with: a secret or a public key. Immutable. [any thread]
class Key {
 public:
  /// Throws std::invalid_argument, saying what is wrong, for a secret that is shorter than its digest (RFC 7518 section
  /// 3.2) or is a public key, which everybody has.
  static Key ofSecret(const Algorithm& algorithm, std::string secret);
  /// Takes a public key over. Throws std::invalid_argument when it does not fit the algorithm or is too weak.
  static Key ofPublic(const Algorithm& algorithm, std::shared_ptr<EVP_PKEY> key);

  /// Whether `signature` is the one of `text`. The algorithm is the key's own, whatever a token says.
  bool verifies(std::string_view text, std::string_view signature) const;
  /// The signature of `text`, made with a secret; a public key makes none.
  std::string sign(std::string_view text) const;

  std::string kid;  ///< as a JWKS names it; empty: none

 private:
  explicit Key(const Algorithm& algorithm) : algorithm_(&algorithm) {}

  const Algorithm* algorithm_;
  std::string secret_;
  std::shared_ptr<EVP_PKEY> public_;
};

/// The public keys and certificates of a PEM file, one after another. Throws std::invalid_argument, saying what is
/// wrong.
std::vector<Key> keysOfPem(const Algorithm& algorithm, const std::string& pem);

}  // namespace parley::auth
