// SPDX-License-Identifier: Apache-2.0
#include "base/base64url.h"

#include <gtest/gtest.h>

#include <string>

namespace parley::base {

TEST(Base64Url, HasOneSpellingForEachBytes) {
  EXPECT_EQ(fromBase64Url(""), "");
  EXPECT_EQ(fromBase64Url("_-8"), "\xff\xef");
  EXPECT_EQ(fromBase64Url("TWFu"), "Man");
  for (const auto* wrong : {"A", "TWFu=", "TW==", "TW+u", "TW/u", "TWF\n", "TR", "TWG", " TWFu"})
    EXPECT_EQ(fromBase64Url(wrong), std::nullopt) << wrong;
  for (const std::string bytes : {"", "M", "Ma", "Man", "\xff\xef"})
    EXPECT_EQ(fromBase64Url(toBase64Url(bytes)), bytes);
}

}  // namespace parley::base
