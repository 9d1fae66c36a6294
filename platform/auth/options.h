// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/time.h>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>

namespace parley::auth {

/// What tokens must be like; each is the setting `auth.jwt.` of the same name.
struct JwtOptions {
  std::string algorithm = "HS256";
  std::string secret;   ///< for HS…
  std::string keyFile;  ///< for the others, one of these four
  std::string jwksFile;
  std::string jwksUrl;
  std::string oidcIssuer;  ///< `auth.oidc.issuer`: instead, the URL of a provider that tells where its keys are
  std::string caFile;      ///< whom an https `jwksUrl` may be certified by; empty: the system's authorities
  std::string issuer;      ///< empty: any
  std::string audience;    ///< empty: tokens that name an audience are for others
  std::string subjectClaim = "sub";
  std::string roleClaim = "role";
  std::string serviceClaim = "service";
  Millis clockSkew{30'000};
  std::size_t maxTokenBytes = std::size_t{8} * 1024;
  Millis refreshInterval{30'000};  ///< least time between two fetches
  Millis maxKeyAge{600'000};       ///< keys from the URL are fetched anew after that
  Millis fetchTimeout{5'000};
  std::size_t maxKeySetBytes = std::size_t{256} * 1024;
  std::size_t maxWaiting = 1'000;  ///< tokens that wait for a fetch
  bool ownTokens = false;          ///< `auth.ownTokens`: those of the OwnKey count, and may be the only ones
};

/// Options that cannot be used.
class KeyFault : public std::runtime_error {
 public:
  KeyFault(std::string setting, const std::string& what) : std::runtime_error(what), setting_(std::move(setting)) {}
  const std::string& setting() const { return setting_; }  ///< below `auth`: `jwt.secret`, `oidc.issuer` …

 private:
  std::string setting_;
};

}  // namespace parley::auth
