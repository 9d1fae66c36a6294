// SPDX-License-Identifier: Apache-2.0
#include "auth/algorithm.h"

#include <algorithm>
#include <array>

namespace parley::auth {

namespace {

using Kind = Algorithm::Kind;

constexpr std::array<Algorithm, 10> algorithms = {{
    {"HS256", Kind::Hmac, "SHA256", nullptr, "", 32},
    {"RS256", Kind::Rsa, "SHA256", nullptr, "", 0},
    {"ES256", Kind::Ecdsa, "SHA256", "prime256v1", "P-256", 32},
    {"HS384", Kind::Hmac, "SHA384", nullptr, "", 48},
    {"HS512", Kind::Hmac, "SHA512", nullptr, "", 64},
    {"RS384", Kind::Rsa, "SHA384", nullptr, "", 0},
    {"RS512", Kind::Rsa, "SHA512", nullptr, "", 0},
    {"ES384", Kind::Ecdsa, "SHA384", "secp384r1", "P-384", 48},
    {"ES512", Kind::Ecdsa, "SHA512", "secp521r1", "P-521", 66},
    {"EdDSA", Kind::EdDsa, nullptr, nullptr, "Ed25519", 32},
}};

}  // namespace

const Algorithm* findAlgorithm(std::string_view name) {
  const auto* found =
      std::find_if(algorithms.begin(), algorithms.end(), [name](const auto& one) { return one.name == name; });
  return found == algorithms.end() ? nullptr : found;
}

std::vector<std::string> algorithmNames() {
  std::vector<std::string> names;
  names.reserve(algorithms.size());
  for (const auto& one : algorithms) names.emplace_back(one.name);
  return names;
}

}  // namespace parley::auth
