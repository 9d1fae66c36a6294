// SPDX-License-Identifier: Apache-2.0
#include "auth/discovery.h"

#include "auth/token.h"

#include <algorithm>
#include <stdexcept>

namespace parley::auth {

namespace {

/// The name of a host that no other machine can answer for.
bool isThisMachine(std::string_view host) {
  const bool numeric = host.find_first_not_of("0123456789.") == std::string_view::npos;
  return host == "localhost" || host == "[::1]" || (host.starts_with("127.") && numeric);
}

}  // namespace

bool isSafeUrl(std::string_view url) {
  if (url.starts_with("https://")) return true;
  constexpr std::string_view plain = "http://";
  if (!url.starts_with(plain)) return false;
  const auto rest = url.substr(plain.size());
  const auto authority = rest.substr(0, rest.find_first_of("/?#"));
  const auto port = authority.rfind(':');
  const bool hasPort = port != std::string_view::npos && authority.find(']', port) == std::string_view::npos;
  const auto host = hasPort ? authority.substr(0, port) : authority;
  return authority.find('@') == std::string_view::npos && isThisMachine(host);
}

std::string discoveryUrlOf(std::string_view issuer) {
  if (issuer.ends_with('/')) issuer.remove_suffix(1);
  return std::string(issuer) + "/.well-known/openid-configuration";
}

std::string keysUrlOf(std::string_view description, std::string_view issuer) {
  const auto object = readObject(description);
  if (!object) throw std::runtime_error("the provider's description is no JSON object");
  if (textOf(*object, "issuer") != issuer) throw std::runtime_error("the provider's description is of another issuer");
  const auto url = textOf(*object, "jwks_uri");
  if (!isSafeUrl(url)) throw std::runtime_error("the provider's description has no jwks_uri, or one that is not https");
  return std::string(url);
}

}  // namespace parley::auth
