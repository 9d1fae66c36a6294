// SPDX-License-Identifier: Apache-2.0
#include "names.h"

#include <parley/error.h>

#include <gtest/gtest.h>

namespace accounts {

namespace {

bool isName(const std::string& username) {
  try {
    return !nameKey(username).empty();
  } catch (const parley::Error& error) {
    EXPECT_EQ(error.code(), parley::ErrorCode::ValidationFailed);
    return false;
  }
}

}  // namespace

TEST(Names, AreTheSameInOtherSpellings) {
  EXPECT_EQ(nameKey("Zo\u00eb"), nameKey("ZOE\u0308"));
  EXPECT_EQ(nameKey("Ａｎｎ"), "ann");
  EXPECT_EQ(nameKey("Straße"), nameKey("STRASSE"));
  EXPECT_EQ(nameKey("an\u200bn"), "ann") << "what cannot be seen makes no other name";
  EXPECT_EQ(nameKey("王 医生"), "王 医生");
  EXPECT_NE(nameKey("ann"), nameKey("anne"));
}

TEST(Names, HaveALengthAndNothingThatMisleads) {
  EXPECT_TRUE(isName("a"));
  EXPECT_TRUE(isName(std::string(64, 'a')));
  for (const std::string wrong : {"", " ", " a", "a ", "a\u3000", "\u00a0a", "a\tb", "a\nb", "a\u0085b", "\u200b"})
    EXPECT_FALSE(isName(wrong)) << wrong;
  EXPECT_FALSE(isName(std::string(65, 'a')));
  EXPECT_FALSE(isName(std::string("a\0b", 3)));
}

}  // namespace accounts
