// SPDX-License-Identifier: Apache-2.0
#include <parley/plugin.h>

#include <gtest/gtest.h>

namespace parley {

static_assert(!std::is_constructible_v<Fields, Json>, "it would be gone before the fields are read");

namespace {
std::string detailOf(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::ValidationFailed);
    return error.detail();
  }
  return "nothing was thrown";
}
}  // namespace

TEST(Fields, NamesTheFieldThatIsWrong) {
  const Json data{{"id", 7}, {"n", 1.5}, {"long", "abcdef"}, {"empty", ""}, {"kind", "video"}, {"bad", "a b"}};
  const Fields fields(data);
  EXPECT_EQ(detailOf([&] { fields.id("id"); }), "id must be a string");
  EXPECT_EQ(detailOf([&] { fields.id("missing"); }), "missing is required");
  EXPECT_EQ(detailOf([&] { fields.integer("n", 0, 9); }), "n must be an integer");
  EXPECT_EQ(detailOf([&] { fields.text("long", 5); }), "long must be at most 5 bytes");
  EXPECT_EQ(detailOf([&] { fields.text("long", 9, 7); }), "long must be at least 7 bytes");
  EXPECT_EQ(detailOf([&] { fields.text("empty", 9, 7); }), "empty must not be empty");
  EXPECT_EQ(detailOf([&] { fields.choice("kind", {"text", "image"}); }), "kind must be one of text, image");
  EXPECT_EQ(detailOf([&] { fields.id("bad"); }), "bad must be 1 to 64 characters of A-Z a-z 0-9 _ - . : @");
  EXPECT_EQ(detailOf([] {
              const Json list = JsonArray{};
              Fields{list};
            }),
            "data must be an object");
}

TEST(Fields, TakesNullAndAbsentAsNotGiven) {
  const Json data{{"a", nullptr}, {"empty", ""}};
  const Fields fields(data);
  EXPECT_FALSE(fields.optionalText("a", 9));
  EXPECT_FALSE(fields.optionalInteger("b", 0, 9));
  EXPECT_FALSE(fields.optionalId("empty"));
}

}  // namespace parley
