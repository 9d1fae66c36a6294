// SPDX-License-Identifier: Apache-2.0
#include "base/utf8.h"

#include <gtest/gtest.h>

namespace parley::base {
namespace {

std::string mended(std::string text) {
  const bool isUtf8Already = isUtf8(text);
  EXPECT_NE(mendUtf8(text), isUtf8Already);
  EXPECT_TRUE(isUtf8(text));
  return text;
}

TEST(Utf8, WhatIsNoneIsMendedByteByByte) {
  EXPECT_EQ(mended(""), "");
  EXPECT_EQ(mended("plain, 你好 \U0001F600"), "plain, 你好 \U0001F600");
  EXPECT_EQ(mended("\xff\xfe"), "\uFFFD\uFFFD");
  EXPECT_EQ(mended("[\"你\xe4\xbd\"]"), "[\"你\uFFFD\uFFFD\"]") << "what ends too soon takes nothing else with it";
  EXPECT_EQ(mended("\xed\xa0\x80 and more than eight bytes of text"),
            "\uFFFD\uFFFD\uFFFD and more than eight bytes of text");
}

}  // namespace
}  // namespace parley::base
