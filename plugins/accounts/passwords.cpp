// SPDX-License-Identifier: Apache-2.0
#include "passwords.h"

#include "secrets.h"

#include <parley/error.h>

#include <crypt.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>

using namespace parley;

namespace accounts {

namespace {

constexpr std::ptrdiff_t leastLength = 8;
constexpr std::ptrdiff_t mostLength = 128;
constexpr std::size_t nobodysBytes = 32;

bool isBcrypt(std::string_view stored) {
  return stored.starts_with("$2a$") || stored.starts_with("$2b$") || stored.starts_with("$2y$");
}

bool matchesBcrypt(const std::string& stored, const std::string& password) {
  if (password.find('\0') != std::string::npos) return false;
  const auto space = std::make_unique<crypt_data>();  // 32 KiB
  const char* made = crypt_r(password.c_str(), stored.c_str(), space.get());
  return made != nullptr && std::string_view(made).size() == stored.size() &&
         sodium_memcmp(made, stored.data(), stored.size()) == 0;
}

}  // namespace

Passwords::Passwords(HashCost cost) : cost_(cost) {
  if (sodium_init() < 0) throw std::runtime_error("libsodium cannot be used");
  ofNobody_ = hash(toBase64Url(randomBytes(nobodysBytes)));
}

void Passwords::checkRules(std::string_view field, const std::string& password) {
  const auto codePoints = std::count_if(password.begin(), password.end(),
                                        [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
  if (codePoints < leastLength || codePoints > mostLength)
    throw Error(ErrorCode::ValidationFailed, std::string(field) + " must have 8 to 128 characters",
                {"accounts.password"});
}

std::string Passwords::hash(const std::string& password) const {
  std::array<char, crypto_pwhash_argon2id_STRBYTES> text{};
  if (crypto_pwhash_argon2id_str(text.data(), password.data(), password.size(), cost_.passes, cost_.memory) != 0)
    throw std::runtime_error("a password could not be hashed: memory is short");
  return text.data();
}

bool Passwords::matches(const std::string& stored, const std::string& password) {
  if (isBcrypt(stored)) return matchesBcrypt(stored, password);
  return crypto_pwhash_argon2id_str_verify(stored.c_str(), password.data(), password.size()) == 0;
}

bool Passwords::isCurrent(const std::string& stored) const {
  return crypto_pwhash_argon2id_str_needs_rehash(stored.c_str(), cost_.passes, cost_.memory) == 0;
}

}  // namespace accounts
