// SPDX-License-Identifier: Apache-2.0
#include "auth/key_set.h"

#include "auth/jwk.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <utility>

namespace parley::auth {

namespace {

struct Source {
  const char* setting;
  const std::string* value;
};

std::string contentOf(const char* setting, const std::string& path, std::size_t max) {
  std::ifstream stream(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (!stream) throw KeyFault(setting, "the file cannot be read");
  if (text.size() > max) throw KeyFault(setting, "the file is too large");
  return text;
}

/// The one source of public keys that is given.
const char* sourceOf(const JwtOptions& options) {
  const std::array<Source, 3> sources = {
      {{"keyFile", &options.keyFile}, {"jwksFile", &options.jwksFile}, {"jwksUrl", &options.jwksUrl}}};
  const char* chosen = nullptr;
  for (const auto& [setting, value] : sources) {
    if (value->empty()) continue;
    if (chosen != nullptr) throw KeyFault(setting, std::string("cannot be used together with ") + chosen);
    chosen = setting;
  }
  return chosen;
}

/// The name of a host that no other machine can answer for.
bool isThisMachine(std::string_view host) {
  const bool numeric = host.find_first_not_of("0123456789.") == std::string_view::npos;
  return host == "localhost" || host == "[::1]" || (host.starts_with("127.") && numeric);
}

void checkUrl(const std::string& url) {
  if (url.starts_with("https://")) return;
  constexpr std::string_view plain = "http://";
  const auto rest = std::string_view(url).substr(std::min(plain.size(), url.size()));
  const auto authority = rest.substr(0, rest.find_first_of("/?#"));
  const auto port = authority.rfind(':');
  const bool hasPort = port != std::string_view::npos && authority.find(']', port) == std::string_view::npos;
  const auto host = hasPort ? authority.substr(0, port) : authority;
  if (!url.starts_with(plain) || authority.find('@') != std::string_view::npos || !isThisMachine(host))
    throw KeyFault("jwksUrl",
                   "must begin with https://, since whoever can change the keys on their way can be "
                   "anybody; http:// is for this machine (127.0.0.1, localhost) alone");
}

std::vector<Key> publicKeys(const Algorithm& algorithm, const JwtOptions& options) {
  if (!options.keyFile.empty())
    return keysOfPem(algorithm, contentOf("keyFile", options.keyFile, options.maxKeySetBytes));
  auto keys = keysOfJwks(algorithm, contentOf("jwksFile", options.jwksFile, options.maxKeySetBytes));
  if (keys.empty()) throw KeyFault("jwksFile", "holds no key for " + options.algorithm);
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
  if (algorithm == nullptr) throw KeyFault("algorithm", "is not known");
  const char* source = sourceOf(options);
  if (options.ownTokens && source == nullptr && options.secret.empty()) return {};
  const char* reading = algorithm->isSymmetric() ? "secret" : source;
  try {
    if (algorithm->isSymmetric()) {
      if (source != nullptr) throw KeyFault(source, "is not used with " + options.algorithm);
      return {{Key::ofSecret(*algorithm, options.secret)}, false};
    }
    if (!options.secret.empty()) throw KeyFault("secret", "is not used with " + options.algorithm);
    if (source == nullptr)
      throw KeyFault("keyFile",
                     "or jwksFile or jwksUrl must say where the public keys for " + options.algorithm + " are");
    if (!options.jwksUrl.empty()) return checkUrl(options.jwksUrl), KeySet();
    return {publicKeys(*algorithm, options), !options.jwksFile.empty()};
  } catch (const std::invalid_argument& fault) {
    throw KeyFault(reading, fault.what());
  }
}

}  // namespace parley::auth
