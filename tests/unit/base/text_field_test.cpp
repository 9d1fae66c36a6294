// SPDX-License-Identifier: Apache-2.0
#include "base/text_field.h"

#include <parley/error.h>

#include <gtest/gtest.h>

namespace parley::base {

TEST(TextField, IsToldAndNotLeftOutWhenItIsNoText) {
  const JsonObject object{{"userId", "ann"}, {"none", nullptr}, {"operator", JsonObject{{"$ne", ""}}}, {"number", 5}};
  EXPECT_EQ(textField(object, "userId"), "ann");
  EXPECT_EQ(textField(object, "none"), std::nullopt);
  EXPECT_EQ(textField(object, "absent"), std::nullopt);
  for (const auto* name : {"operator", "number"}) {
    try {
      textField(object, name);
      ADD_FAILURE() << name;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::ValidationFailed);
      EXPECT_NE(error.detail().find(name), std::string::npos);
    }
  }
}

TEST(TextField, IsAPlainLine) {
  for (const auto* text :
       {"", "ann", "O'Neil <b>", "张三", "é", "\u00A0", "\u200Eعمر\u200F", "\u2027", "\u202F", "\u2065", "\u206A", "😀"})
    EXPECT_TRUE(isPlainLine(text)) << text;
  for (const auto* bad : {"\n", "\r", "\t", "\x1B", "\x7F", "\u0080", "\u0085", "\u009F", "\u2028", "\u2029", "\u202A",
                          "\u202E", "\u2066", "\u2069"}) {
    EXPECT_FALSE(isPlainLine(bad)) << bad;
    EXPECT_FALSE(isPlainLine("é" + std::string(bad) + "x")) << bad;
  }
  EXPECT_FALSE(isPlainLine(std::string(1, '\0')));
}

}  // namespace parley::base
