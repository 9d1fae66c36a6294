// SPDX-License-Identifier: Apache-2.0
#include "auth/own_key.h"

#include "auth/algorithm.h"
#include "base/base64url.h"

#include <parley/json.h>

#include <chrono>

namespace parley::auth {

namespace {

constexpr std::size_t kidBytes = 12;

const Algorithm& algorithm() {
  return *findAlgorithm("HS256");
}

/// `iat` in milliseconds: what is taken back up to a moment leaves what is issued in the same second.
constexpr const char* issuedAtMillis = "iat_ms";

std::int64_t secondsOf(Time time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

}  // namespace

OwnKey::OwnKey(const std::string& secret) : key_(Key::ofSecret(algorithm(), secret)) {
  key_.kid = std::string(issuer) + "-" + base::toBase64Url(key_.sign("kid").substr(0, kidBytes));
}

std::string OwnKey::sign(const Identity& who, Time now) const {
  const JsonObject header{{"alg", algorithm().name}, {"typ", "JWT"}, {"kid", key_.kid}};
  JsonObject claims{{"iss", issuer}, {"sub", who.subject}, {"iat", secondsOf(now)}, {"exp", secondsOf(who.expiresAt)}};
  claims[issuedAtMillis] = std::chrono::duration_cast<Millis>(now.time_since_epoch()).count();
  if (who.isService)
    claims["service"] = true;
  else
    claims["role"] = who.role;
  const auto text =
      base::toBase64Url(boost::json::serialize(header)) + "." + base::toBase64Url(boost::json::serialize(claims));
  return text + "." + base::toBase64Url(key_.sign(text));
}

Time OwnKey::issuedAt(const Token& token) {
  if (token.claims.contains(issuedAtMillis)) return Time(Millis(integerOf(token.claims, issuedAtMillis)));
  return Time(std::chrono::seconds(integerOf(token.claims, "iat")));
}

bool OwnKey::isNamedBy(const Token& token) const {
  return token.kid == key_.kid;
}

bool OwnKey::hasSigned(const Token& token) const {
  return isNamedBy(token) && token.algorithm == algorithm().name && key_.verifies(token.signedPart, token.signature);
}

}  // namespace parley::auth
