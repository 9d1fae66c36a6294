// SPDX-License-Identifier: Apache-2.0
#include "plugin/start_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace parley::plugin {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class StartOrderTest : public testing::Test {
 protected:
  void add(const std::string& name, std::vector<std::string> needs = {}, std::vector<std::string> after = {}) {
    plugins_[name] = {name, "1.0.0", "", std::move(needs), std::move(after), "{}", name + ".so"};
  }
  StartOrder order(const std::set<std::string>& off = {}) {
    return startOrder(plugins_, [&](const std::string& name) { return !off.contains(name); });
  }
  std::map<std::string, Manifest> plugins_;
};

TEST_F(StartOrderTest, DependenciesComeFirst) {
  add("a", {"c"});
  add("b");
  add("c", {"d"});
  add("d");
  EXPECT_THAT(order().order, ElementsAre("d", "c", "a", "b"));
}

TEST_F(StartOrderTest, StartsAfterOrdersButDoesNotRequire) {
  add("a", {}, {"b", "nobody"});
  add("b");
  EXPECT_THAT(order().order, ElementsAre("b", "a"));
  EXPECT_THAT(order({"b"}).order, ElementsAre("a"));
}

TEST_F(StartOrderTest, StartsAfterGivesWayToDependencies) {
  add("a", {}, {"b"});
  add("b", {"a"});
  EXPECT_THAT(order().order, ElementsAre("a", "b"));
  add("x", {}, {"y"});
  add("y", {}, {"x"});
  EXPECT_THAT(order().order, ElementsAre("a", "b", "y", "x"));
}

TEST_F(StartOrderTest, WhatCannotStartSaysWhy) {
  add("a", {"b"});
  add("b", {"c"});
  add("c", {"gone"});
  add("free");
  const auto result = order();
  EXPECT_THAT(result.order, ElementsAre("free"));
  EXPECT_THAT(result.errors.at("c"), HasSubstr("depends on gone, which is not installed"));
  EXPECT_THAT(result.errors.at("a"), HasSubstr("depends on b, which cannot start"));
  add("gone");
  EXPECT_THAT(order({"gone"}).errors.at("c"), HasSubstr("depends on gone, which is switched off"));
}

TEST_F(StartOrderTest, ACircleIsSpelledOut) {
  add("a", {"b"});
  add("b", {"c"});
  add("c", {"a"});
  const auto result = order();
  EXPECT_THAT(result.order, testing::IsEmpty());
  EXPECT_THAT(result.errors.at("c"), HasSubstr("a -> b -> c -> a"));
  add("self", {"self"});
  EXPECT_THAT(order().errors.at("self"), HasSubstr("self -> self"));
}

}  // namespace
}  // namespace parley::plugin
