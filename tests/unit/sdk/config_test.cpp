// SPDX-License-Identifier: Apache-2.0
#include <parley/scope.h>

#include <gmock/gmock.h>

#include <string>

namespace parley {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Given final : public Config {
 public:
  explicit Given(JsonObject values) : values_(std::move(values)) {}
  Json get(std::string_view key) const override { return values_.at(key); }

 private:
  JsonObject values_;
};

template <typename F>
std::string refusalOf(const F& read) {
  try {
    read();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::Internal);
    return error.what();
  }
  return "";
}

const Given& config() {
  static const Given given({{"size", 7},
                            {"share", 0.5},
                            {"on", true},
                            {"name", "ann"},
                            {"names", JsonArray{"ann", "bob"}},
                            {"nobody", JsonArray{}},
                            {"sizes", JsonArray{"1", 2}}});
  return given;
}

TEST(ConfigTest, GivesValuesOfEachType) {
  EXPECT_EQ(config().integer("size"), 7);
  EXPECT_TRUE(config().flag("on"));
  EXPECT_EQ(config().text("name"), "ann");
  EXPECT_THAT(config().texts("names"), ElementsAre("ann", "bob"));
  EXPECT_THAT(config().texts("nobody"), IsEmpty());
}

TEST(ConfigTest, AnotherTypeIsRefusedWithTheKey) {
  EXPECT_EQ(refusalOf([] { config().integer("name"); }), "setting name is not an integer");
  EXPECT_EQ(refusalOf([] { config().integer("share"); }), "setting share is not an integer");
  EXPECT_EQ(refusalOf([] { config().flag("size"); }), "setting size is not true or false");
  EXPECT_EQ(refusalOf([] { config().text("names"); }), "setting names is not a text");
  EXPECT_EQ(refusalOf([] { config().texts("name"); }), "setting name is not a list of texts");
  EXPECT_EQ(refusalOf([] { config().texts("sizes"); }), "setting sizes is not a list of texts");
}

}  // namespace
}  // namespace parley
