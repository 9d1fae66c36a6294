// SPDX-License-Identifier: Apache-2.0
#include "passwords.h"

#include "secrets.h"

#include <parley/error.h>

#include <gtest/gtest.h>

namespace accounts {

namespace {

constexpr HashCost cheap{8 << 20, 1};

bool isAllowed(const std::string& password) {
  try {
    Passwords::checkRules("password", password);
    return true;
  } catch (const parley::Error& error) {
    EXPECT_EQ(error.code(), parley::ErrorCode::ValidationFailed);
    return false;
  }
}

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

}  // namespace

TEST(Passwords, AreCountedInCodePoints) {
  EXPECT_FALSE(isAllowed(""));
  EXPECT_FALSE(isAllowed("1234567"));
  EXPECT_TRUE(isAllowed("12345678"));
  EXPECT_FALSE(isAllowed(repeated("密", 7)));
  EXPECT_TRUE(isAllowed(repeated("密", 8)));
  EXPECT_TRUE(isAllowed(repeated("😀", 128)));
  EXPECT_FALSE(isAllowed(repeated("😀", 129)));
}

TEST(Passwords, MatchTheirHashAndNoOther) {
  const Passwords passwords(cheap);
  const auto hash = passwords.hash("correct horse");
  EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=8192,t=1,p=1$")) << hash;
  EXPECT_NE(passwords.hash("correct horse"), hash) << "each has a salt of its own";
  EXPECT_TRUE(Passwords::matches(hash, "correct horse"));
  for (const std::string wrong : {"", "correct hors", "correct horse ", "Correct horse"})
    EXPECT_FALSE(Passwords::matches(hash, wrong)) << wrong;
  EXPECT_FALSE(Passwords::matches(hash, std::string("correct horse\0", 14)));
  EXPECT_FALSE(Passwords::matches(passwords.ofNobody(), ""));
  for (const std::string nonsense :
       {"", "x", "$2b$", "$2b$10$", "$argon2id$", "$1$abcdefgh$xxxxxxxxxxxxxxxxxxxxxx", "correct horse"})
    EXPECT_FALSE(Passwords::matches(nonsense, "correct horse")) << nonsense;
}

TEST(Passwords, OfOtherCostsAreNotCurrent) {
  const Passwords passwords(cheap);
  const auto hash = passwords.hash("correct horse");
  EXPECT_TRUE(passwords.isCurrent(hash));
  EXPECT_TRUE(passwords.isCurrent(passwords.ofNobody()));
  const Passwords dearer({16 << 20, 1});
  EXPECT_FALSE(dearer.isCurrent(hash));
  EXPECT_TRUE(Passwords::matches(hash, "correct horse"));
  EXPECT_FALSE(passwords.isCurrent("$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"));
}

/// Test vectors of crypt_blowfish.
TEST(Passwords, OfNodeServersAreKnown) {
  for (const std::string prefix : {"$2a$", "$2b$", "$2y$"}) {
    const auto hash = prefix + "05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
    EXPECT_TRUE(Passwords::matches(hash, "U*U")) << prefix;
    EXPECT_FALSE(Passwords::matches(hash, "U*V")) << prefix;
    EXPECT_FALSE(Passwords::matches(hash, std::string("U*U\0x", 5))) << prefix;
    EXPECT_FALSE(Passwords::matches(hash.substr(0, hash.size() - 1), "U*U")) << prefix;
  }
}

TEST(Secrets, AreReadAsTheyWereWritten) {
  const auto bytes = randomBytes(48);
  const auto text = toBase64Url(bytes);
  EXPECT_EQ(text.size(), 64U);
  EXPECT_EQ(fromBase64Url(text, 48), bytes);
  for (const auto& wrong :
       {std::string(), text + "A", text.substr(1), text.substr(0, 63) + "=", text.substr(0, 63) + "+"})
    EXPECT_EQ(fromBase64Url(wrong, 48), std::nullopt) << wrong;
  EXPECT_EQ(digestOf("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace accounts
