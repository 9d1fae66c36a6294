// SPDX-License-Identifier: Apache-2.0
#include "auth/key_set.h"

#include "auth/discovery.h"
#include "auth/jwk.h"
#include "base/read_file.h"

#include <algorithm>
#include <array>
#include <utility>

namespace parley::auth {

namespace {

struct Source {
  const char* setting;
  const std::string* value;
};

std::string contentOf(const char* setting, const std::string& path, std::size_t max) {
  auto text = base::readFile(path);
  if (!text) throw KeyFault(setting, text.error().detail());
  if (text.value().size() > max) throw KeyFault(setting, "the file is too large");
  return std::move(text).value();
}

/// The one source of public keys that is given.
const char* sourceOf(const JwtOptions& options) {
  const std::array<Source, 4> sources = {{{"jwt.keyFile", &options.keyFile},
                                          {"jwt.jwksFile", &options.jwksFile},
                                          {"jwt.jwksUrl", &options.jwksUrl},
                                          {"oidc.issuer", &options.oidcIssuer}}};
  const char* chosen = nullptr;
  for (const auto& [setting, value] : sources) {
    if (value->empty()) continue;
    if (chosen != nullptr) throw KeyFault(setting, std::string("cannot be used together with auth.") + chosen);
    chosen = setting;
  }
  return chosen;
}

void checkUrl(const char* setting, const std::string& url) {
  if (!isSafeUrl(url))
    throw KeyFault(setting,
                   "must begin with https://, since whoever can change the keys on their way can be "
                   "anybody; http:// is for this machine (127.0.0.1, localhost) alone");
}

/// A provider's tokens are for many, and say which of them.
void checkProvider(const JwtOptions& options) {
  checkUrl("oidc.issuer", options.oidcIssuer);
  if (options.audience.empty())
    throw KeyFault("jwt.audience", "must be what the tokens of auth.oidc.issuer for this server have as their aud");
  if (options.issuer != options.oidcIssuer)
    throw KeyFault("jwt.issuer", "must be empty, or the same as auth.oidc.issuer");
}

std::vector<Key> publicKeys(const Algorithm& algorithm, const JwtOptions& options) {
  if (!options.keyFile.empty())
    return keysOfPem(algorithm, contentOf("jwt.keyFile", options.keyFile, options.maxKeySetBytes));
  auto keys = keysOfJwks(algorithm, contentOf("jwt.jwksFile", options.jwksFile, options.maxKeySetBytes));
  if (keys.empty()) throw KeyFault("jwt.jwksFile", "holds no key for " + options.algorithm);
  return keys;
}

}  // namespace

KeySet::Check KeySet::check(const Token& token) const {
  bool known = false;
  for (const auto& key : keys_) {
    const bool meant = !named_ || (token.kid ? key.kid == *token.kid : keys_.size() == 1);
    if (!meant) continue;
    if (key.verifies(token.signedPart, token.signature)) return Check::Right;
    known = true;
  }
  return known ? Check::Wrong : Check::NoSuchKey;
}

KeySet readKeys(const JwtOptions& options) {
  const auto* algorithm = findAlgorithm(options.algorithm);
  if (algorithm == nullptr) throw KeyFault("jwt.algorithm", "is not known");
  const char* source = sourceOf(options);
  if (options.ownTokens && source == nullptr && options.secret.empty()) return {};
  const char* reading = algorithm->isSymmetric() ? "jwt.secret" : source;
  try {
    if (algorithm->isSymmetric()) {
      if (source != nullptr) throw KeyFault(source, "is not used with " + options.algorithm);
      return {{Key::ofSecret(*algorithm, options.secret)}, false};
    }
    if (!options.secret.empty()) throw KeyFault("jwt.secret", "is not used with " + options.algorithm);
    if (source == nullptr)
      throw KeyFault("jwt.keyFile", "or jwksFile, jwksUrl or auth.oidc.issuer must say where the public keys for " +
                                        options.algorithm + " are");
    if (!options.jwksUrl.empty()) return checkUrl("jwt.jwksUrl", options.jwksUrl), KeySet();
    if (!options.oidcIssuer.empty()) return checkProvider(options), KeySet();
    return {publicKeys(*algorithm, options), !options.jwksFile.empty()};
  } catch (const std::invalid_argument& fault) {
    throw KeyFault(reading, fault.what());
  }
}

}  // namespace parley::auth
