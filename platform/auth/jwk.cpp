// SPDX-License-Identifier: Apache-2.0
#include "auth/jwk.h"

#include "base/base64url.h"

#include <parley/json.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace parley::auth {

namespace {

constexpr std::size_t maxKeys = 64;
constexpr std::size_t maxKid = 256;
constexpr std::size_t maxModulus = 1024;  // bytes
constexpr std::size_t maxExponent = 8;

using Number = std::unique_ptr<BIGNUM, decltype(&BN_free)>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, decltype(&OSSL_PARAM_BLD_free)>;

const unsigned char* bytesOf(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::optional<std::string> bytesIn(const JsonObject& jwk, const char* member, std::size_t max) {
  auto bytes = base::fromBase64Url(textOf(jwk, member));
  if (!bytes || bytes->empty() || bytes->size() > max) return std::nullopt;
  return bytes;
}

std::shared_ptr<EVP_PKEY> build(const char* type, const Builder& builder) {
  const std::unique_ptr<OSSL_PARAM, decltype(&OSSL_PARAM_free)> params(OSSL_PARAM_BLD_to_param(builder.get()),
                                                                       &OSSL_PARAM_free);
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
      EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr), &EVP_PKEY_CTX_free);
  EVP_PKEY* key = nullptr;
  if (params && context && EVP_PKEY_fromdata_init(context.get()) == 1)
    EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get());
  return {key, &EVP_PKEY_free};
}

std::shared_ptr<EVP_PKEY> rsaKey(const JsonObject& jwk) {
  const auto modulus = bytesIn(jwk, "n", maxModulus);
  const auto exponent = bytesIn(jwk, "e", maxExponent);
  if (!modulus || !exponent) return nullptr;
  const Number n(BN_bin2bn(bytesOf(*modulus), static_cast<int>(modulus->size()), nullptr), &BN_free);
  const Number e(BN_bin2bn(bytesOf(*exponent), static_cast<int>(exponent->size()), nullptr), &BN_free);
  const Builder builder(OSSL_PARAM_BLD_new(), &OSSL_PARAM_BLD_free);
  if (!n || !e || !builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1)
    return nullptr;
  return build("RSA", builder);
}

std::shared_ptr<EVP_PKEY> curveKey(const Algorithm& algorithm, const JsonObject& jwk) {
  const auto x = bytesIn(jwk, "x", algorithm.bytes);
  const auto y = bytesIn(jwk, "y", algorithm.bytes);
  if (!x || !y || x->size() != algorithm.bytes || y->size() != algorithm.bytes) return nullptr;
  const auto point = "\x04" + *x + *y;  // uncompressed (SEC 1 section 2.3.3)
  const Builder builder(OSSL_PARAM_BLD_new(), &OSSL_PARAM_BLD_free);
  if (!builder || OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, algorithm.curve, 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1)
    return nullptr;
  return build("EC", builder);
}

std::shared_ptr<EVP_PKEY> edwardsKey(const Algorithm& algorithm, const JsonObject& jwk) {
  const auto x = bytesIn(jwk, "x", algorithm.bytes);
  if (!x || x->size() != algorithm.bytes) return nullptr;
  return {EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytesOf(*x), x->size()), &EVP_PKEY_free};
}

/// RFC 7517 section 4.2 to 4.4: what the key says that it is for.
bool isForUs(const Algorithm& algorithm, const JsonObject& jwk) {
  const auto allows = [&](const char* member, std::string_view wanted) {
    return !jwk.contains(member) || textOf(jwk, member) == wanted;
  };
  if (!allows("use", "sig") || !allows("alg", algorithm.name)) return false;
  const auto* operations = jwk.if_contains("key_ops");
  if (operations == nullptr) return true;
  return operations->is_array() &&
         std::any_of(operations->get_array().begin(), operations->get_array().end(),
                     [](const Json& one) { return one.is_string() && one.get_string() == "verify"; });
}

std::shared_ptr<EVP_PKEY> publicKey(const Algorithm& algorithm, const JsonObject& jwk) {
  const auto type = textOf(jwk, "kty");
  const bool onCurve = textOf(jwk, "crv") == algorithm.crv;
  if (algorithm.kind == Algorithm::Kind::Rsa && type == "RSA") return rsaKey(jwk);
  if (algorithm.kind == Algorithm::Kind::Ecdsa && type == "EC" && onCurve) return curveKey(algorithm, jwk);
  if (algorithm.kind == Algorithm::Kind::EdDsa && type == "OKP" && onCurve) return edwardsKey(algorithm, jwk);
  return nullptr;
}

std::optional<Key> keyOf(const Algorithm& algorithm, const Json& jwk) {
  if (!jwk.is_object() || !isForUs(algorithm, jwk.get_object())) return std::nullopt;
  const auto kid = textOf(jwk.get_object(), "kid");
  if (kid.size() > maxKid) return std::nullopt;
  try {
    auto key = Key::ofPublic(algorithm, publicKey(algorithm, jwk.get_object()));
    key.kid = kid;
    return key;
  } catch (const std::invalid_argument&) {
    return std::nullopt;
  }
}

}  // namespace

std::vector<Key> keysOfJwks(const Algorithm& algorithm, std::string_view text) {
  boost::system::error_code error;
  const auto document = boost::json::parse({text.data(), text.size()}, error);
  if (error || !document.is_object()) return {};
  const auto* list = document.get_object().if_contains("keys");
  if (list == nullptr || !list->is_array()) return {};
  std::vector<Key> keys;
  for (const auto& jwk : list->get_array()) {
    if (keys.size() == maxKeys) break;
    if (auto key = keyOf(algorithm, jwk)) keys.push_back(*std::move(key));
  }
  ERR_clear_error();
  return keys;
}

}  // namespace parley::auth
