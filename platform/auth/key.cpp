// SPDX-License-Identifier: Apache-2.0
#include "auth/key.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>
#include <climits>
#include <stdexcept>
#include <utility>

namespace parley::auth {

namespace {

constexpr int leastRsaBits = 2048;
constexpr int mostRsaBits = 8192;
constexpr std::size_t maxKeysOfFile = 16;

template <typename T, void (*Free)(T*)>
struct Freed {
  void operator()(T* it) const { Free(it); }
};
using Context = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX, EVP_MD_CTX_free>>;
using Signature = std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG, ECDSA_SIG_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509, X509_free>>;
using CheckContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX, EVP_PKEY_CTX_free>>;

[[noreturn]] void refuse(const std::string& why) {
  ERR_clear_error();
  throw std::invalid_argument(why);
}

const unsigned char* bytesOf(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

/// Empty when OpenSSL fails.
std::string hmacOf(const Algorithm& algorithm, const std::string& secret, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> code{};
  unsigned size = 0;
  if (HMAC(EVP_get_digestbyname(algorithm.digest), secret.data(), static_cast<int>(secret.size()), bytesOf(text),
           text.size(), code.data(), &size) == nullptr)
    return {};
  return {reinterpret_cast<const char*>(code.data()), size};
}

bool hmacMatches(const Algorithm& algorithm, const std::string& secret, std::string_view text,
                 std::string_view signature) {
  const auto expected = hmacOf(algorithm, secret, text);
  return !expected.empty() && signature.size() == expected.size() &&
         CRYPTO_memcmp(expected.data(), signature.data(), expected.size()) == 0;
}

/// RFC 7518 section 3.4 writes r and s side by side, OpenSSL wants DER; empty when it cannot be one.
std::string toDer(std::string_view signature, std::size_t coordinate) {
  if (signature.size() != 2 * coordinate) return {};
  const Signature pair(ECDSA_SIG_new());
  BIGNUM* r = BN_bin2bn(bytesOf(signature), static_cast<int>(coordinate), nullptr);
  BIGNUM* s = BN_bin2bn(bytesOf(signature) + coordinate, static_cast<int>(coordinate), nullptr);
  if (!pair || r == nullptr || s == nullptr || ECDSA_SIG_set0(pair.get(), r, s) != 1) {
    BN_free(r);
    BN_free(s);
    return {};
  }
  unsigned char* out = nullptr;
  const int size = i2d_ECDSA_SIG(pair.get(), &out);
  if (size <= 0) return {};
  std::string der(reinterpret_cast<const char*>(out), static_cast<std::size_t>(size));
  OPENSSL_free(out);
  return der;
}

bool publicVerifies(const Algorithm& algorithm, EVP_PKEY* key, std::string_view text, std::string_view signature) {
  const Context context(EVP_MD_CTX_new());
  const auto* digest = algorithm.digest == nullptr ? nullptr : EVP_get_digestbyname(algorithm.digest);
  const bool right =
      context && EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key) == 1 &&
      EVP_DigestVerify(context.get(), bytesOf(signature), signature.size(), bytesOf(text), text.size()) == 1;
  ERR_clear_error();
  return right;
}

void checkRsa(EVP_PKEY* key) {
  if (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA) refuse("is not an RSA key");
  const int bits = EVP_PKEY_get_bits(key);
  if (bits < leastRsaBits || bits > mostRsaBits) refuse("must have 2048 to 8192 bits, not " + std::to_string(bits));
}

void checkCurve(const Algorithm& algorithm, EVP_PKEY* key) {
  std::array<char, 64> group{};
  std::size_t size = 0;
  const bool known =
      EVP_PKEY_get_base_id(key) == EVP_PKEY_EC && EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) == 1;
  if (!known || std::string_view(group.data(), size) != algorithm.curve)
    refuse("is not a key on the curve " + std::string(algorithm.crv));
}

bool isPublicKey(const std::string& secret) {
  return secret.find("-----BEGIN ") != std::string::npos || secret.starts_with("ssh-rsa ");
}

}  // namespace

Key Key::ofSecret(const Algorithm& algorithm, std::string secret) {
  if (secret.empty()) refuse("is needed for " + std::string(algorithm.name));
  if (isPublicKey(secret)) refuse("is a key file's content; a shared secret is known to nobody else");
  if (secret.size() < algorithm.bytes)
    refuse("must have at least " + std::to_string(algorithm.bytes) + " bytes for " + std::string(algorithm.name));
  if (secret.size() > INT_MAX) refuse("is too long");
  Key key(algorithm);
  key.secret_ = std::move(secret);
  return key;
}

Key Key::ofPublic(const Algorithm& algorithm, std::shared_ptr<EVP_PKEY> key) {
  if (!key) refuse("is no public key");
  switch (algorithm.kind) {
    case Algorithm::Kind::Hmac: refuse("is not used with " + std::string(algorithm.name));
    case Algorithm::Kind::Rsa: checkRsa(key.get()); break;
    case Algorithm::Kind::Ecdsa: checkCurve(algorithm, key.get()); break;
    case Algorithm::Kind::EdDsa:
      if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519) refuse("is not an Ed25519 key");
      break;
  }
  const CheckContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  if (!context || EVP_PKEY_public_check(context.get()) != 1) refuse("is not a sound public key");
  Key made(algorithm);
  made.public_ = std::move(key);
  return made;
}

bool Key::verifies(std::string_view text, std::string_view signature) const {
  if (algorithm_->isSymmetric()) return hmacMatches(*algorithm_, secret_, text, signature);
  if (algorithm_->kind != Algorithm::Kind::Ecdsa) return publicVerifies(*algorithm_, public_.get(), text, signature);
  const auto der = toDer(signature, algorithm_->bytes);
  return !der.empty() && publicVerifies(*algorithm_, public_.get(), text, der);
}

std::string Key::sign(std::string_view text) const {
  auto signature = algorithm_->isSymmetric() ? hmacOf(*algorithm_, secret_, text) : std::string();
  if (signature.empty()) throw std::runtime_error("the key cannot sign");
  return signature;
}

std::vector<Key> keysOfPem(const Algorithm& algorithm, const std::string& pem) {
  if (pem.find("PRIVATE KEY-----") != std::string::npos)
    refuse("holds a private key; the server needs the public one alone");
  std::vector<Key> keys;
  for (auto at = pem.find("-----BEGIN "); at != std::string::npos; at = pem.find("-----BEGIN ", at + 1)) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
        BIO_new_mem_buf(pem.data() + at, static_cast<int>(pem.size() - at)), &BIO_free);
    EVP_PKEY* key = nullptr;
    if (pem.compare(at, 27, "-----BEGIN CERTIFICATE-----") == 0) {
      const Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
      key = certificate ? X509_get_pubkey(certificate.get()) : nullptr;
    } else {
      key = PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr);
    }
    keys.push_back(Key::ofPublic(algorithm, {key, &EVP_PKEY_free}));
    if (keys.size() > maxKeysOfFile) refuse("holds too many keys");
  }
  if (keys.empty()) refuse("holds no public key in PEM");
  return keys;
}

}  // namespace parley::auth
