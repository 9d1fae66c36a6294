// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "auth/algorithm.h"
#include "base/base64url.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <parley/json.h>

#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

// The other side: keys made by OpenSSL, and tokens signed with them as a provider would.

namespace parley::auth::test {

using PrivateKey = std::shared_ptr<EVP_PKEY>;

inline PrivateKey rsaKey(int bits = 2048) {
  return {EVP_RSA_gen(static_cast<unsigned>(bits)), &EVP_PKEY_free};
}
inline PrivateKey curveKey(const char* curve) {
  return {EVP_EC_gen(curve), &EVP_PKEY_free};
}
inline PrivateKey edwardsKey() {
  return {EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), &EVP_PKEY_free};
}

inline std::string drained(BIO* bio) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}
inline std::string publicPem(const PrivateKey& key) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), &BIO_free);
  PEM_write_bio_PUBKEY(bio.get(), key.get());
  return drained(bio.get());
}
inline std::string privatePem(const PrivateKey& key) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), &BIO_free);
  PEM_write_bio_PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return drained(bio.get());
}

inline std::string numberOf(const PrivateKey& key, const char* name, std::size_t size = 0) {
  BIGNUM* number = nullptr;
  EVP_PKEY_get_bn_param(key.get(), name, &number);
  std::string bytes(std::max(size, static_cast<std::size_t>(BN_num_bytes(number))), '\0');
  BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  BN_free(number);
  return bytes;
}

/// The public half as a provider publishes it.
inline JsonObject jwkOf(const Algorithm& algorithm, const PrivateKey& key, const std::string& kid) {
  JsonObject jwk{{"kid", kid}, {"use", "sig"}, {"alg", std::string(algorithm.name)}};
  if (algorithm.kind == Algorithm::Kind::Rsa) {
    jwk["kty"] = "RSA";
    jwk["n"] = base::toBase64Url(numberOf(key, OSSL_PKEY_PARAM_RSA_N));
    jwk["e"] = base::toBase64Url(numberOf(key, OSSL_PKEY_PARAM_RSA_E));
  } else if (algorithm.kind == Algorithm::Kind::Ecdsa) {
    jwk["kty"] = "EC";
    jwk["crv"] = std::string(algorithm.crv);
    jwk["x"] = base::toBase64Url(numberOf(key, OSSL_PKEY_PARAM_EC_PUB_X, algorithm.bytes));
    jwk["y"] = base::toBase64Url(numberOf(key, OSSL_PKEY_PARAM_EC_PUB_Y, algorithm.bytes));
  } else {
    std::string raw(32, '\0');
    auto size = raw.size();
    EVP_PKEY_get_raw_public_key(key.get(), reinterpret_cast<unsigned char*>(raw.data()), &size);
    jwk["kty"] = "OKP";
    jwk["crv"] = "Ed25519";
    jwk["x"] = base::toBase64Url(raw);
  }
  return jwk;
}
inline std::string jwksOf(const std::vector<JsonObject>& keys) {
  return boost::json::serialize(JsonObject{{"keys", JsonArray(keys.begin(), keys.end())}});
}

inline std::string hmacOf(const char* digest, std::string_view secret, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned size = 0;
  HMAC(EVP_get_digestbyname(digest), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac.data(), &size);
  return {reinterpret_cast<const char*>(mac.data()), size};
}

/// r and s side by side, from OpenSSL's DER.
inline std::string sideBySide(const std::string& der, std::size_t size) {
  const auto* in = reinterpret_cast<const unsigned char*>(der.data());
  const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair(
      d2i_ECDSA_SIG(nullptr, &in, static_cast<long>(der.size())), &ECDSA_SIG_free);
  std::string both(2 * size, '\0');
  auto* out = reinterpret_cast<unsigned char*>(both.data());
  BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), out, static_cast<int>(size));
  BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), out + size, static_cast<int>(size));
  return both;
}

inline std::string signatureOf(const Algorithm& algorithm, const PrivateKey& key, std::string_view text) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  const auto* digest = algorithm.digest == nullptr ? nullptr : EVP_get_digestbyname(algorithm.digest);
  const auto* data = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t size = 0;
  EXPECT_EQ(EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key.get()), 1);
  EXPECT_EQ(EVP_DigestSign(context.get(), nullptr, &size, data, text.size()), 1);
  std::string signature(size, '\0');
  EXPECT_EQ(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, data, text.size()),
            1);
  signature.resize(size);
  return algorithm.kind == Algorithm::Kind::Ecdsa ? sideBySide(signature, algorithm.bytes) : signature;
}

inline std::string unsignedToken(std::string_view header, std::string_view claims) {
  return base::toBase64Url(header) + "." + base::toBase64Url(claims);
}
inline std::string hmacToken(std::string_view header, std::string_view claims, std::string_view secret,
                             const char* digest = "SHA256") {
  const auto text = unsignedToken(header, claims);
  return text + "." + base::toBase64Url(hmacOf(digest, secret, text));
}
inline std::string keyToken(const Algorithm& algorithm, const PrivateKey& key, std::string_view header,
                            std::string_view claims) {
  const auto text = unsignedToken(header, claims);
  return text + "." + base::toBase64Url(signatureOf(algorithm, key, text));
}
inline std::string headerOf(std::string_view algorithm, const std::string& kid = "") {
  JsonObject header{{"alg", std::string(algorithm)}, {"typ", "JWT"}};
  if (!kid.empty()) header["kid"] = kid;
  return boost::json::serialize(header);
}

inline std::string fileWith(const std::string& name, const std::string& content) {
  const auto path = testing::TempDir() + "/parley_auth_" + name;
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

class FixedClock final : public Clock {
 public:
  Time now() const override { return Time(std::chrono::seconds(1'700'000'000)) + passed; }
  Instant steady() const override { return Instant{} + passed; }
  Millis passed{0};
};

}  // namespace parley::auth::test
