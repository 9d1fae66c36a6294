// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace parley::auth {

/// How tokens are signed (RFC 7518 section 3.1, RFC 8037).
struct Algorithm {
  enum class Kind { Hmac, Rsa, Ecdsa, EdDsa };

  std::string_view name;
  Kind kind;
  const char* digest;    ///< as OpenSSL calls it; null for EdDSA
  const char* curve;     ///< as OpenSSL calls it, for ECDSA
  std::string_view crv;  ///< as a JWK calls it
  std::size_t bytes;     ///< Hmac: the least length of a secret; Ecdsa: the size of a coordinate

  bool isSymmetric() const { return kind == Kind::Hmac; }
};

/// Null for a name that there is not: `none` is among those.
const Algorithm* findAlgorithm(std::string_view name);

/// All names, the usual ones first.
std::vector<std::string> algorithmNames();

}  // namespace parley::auth
