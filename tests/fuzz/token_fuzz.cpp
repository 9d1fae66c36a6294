// SPDX-License-Identifier: Apache-2.0
// Tokens, and the documents in them, of any bytes. What is read must be what was signed; without the key nothing is
// ever believed.
#include "auth/claims.h"
#include "auth/jwk.h"
#include "auth/key_set.h"
#include "auth/token.h"
#include "base/base64url.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

using namespace parley;

void require(bool holds) {
  if (!holds) std::abort();
}

const auth::KeySet& keys() {
  static const auth::KeySet set = [] {
    auth::JwtOptions options;
    options.secret = "a secret that the fuzzer does not find in its time";
    return auth::readKeys(options);
  }();
  return set;
}

void readClaims(const JsonObject& claims) {
  auth::JwtOptions options;
  const Time now(std::chrono::seconds(1'700'000'000));
  const auto verdict = auth::identityOf(claims, options, now);
  if (const auto* who = std::get_if<auth::Identity>(&verdict)) {
    require(!who->subject.empty() && who->subject.size() <= 64 && who->expiresAt > now);
    require(who->isService == who->role.empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  constexpr std::size_t maxToken = 8192;
  if (const auto token = auth::readToken(input, maxToken)) {
    require(input.size() <= maxToken && input.starts_with(token->signedPart) && !token->signature.empty());
    require(keys().check(*token) == auth::KeySet::Check::Wrong);
    readClaims(token->claims);
  }
  if (const auto claims = auth::readObject(input)) readClaims(*claims);
  if (const auto bytes = base::fromBase64Url(input)) require(bytes->size() == input.size() * 3 / 4);
  for (const auto* name : {"RS256", "ES256", "EdDSA"}) auth::keysOfJwks(*auth::findAlgorithm(name), input);
  return 0;
}
