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

}  // namespace parley::base
