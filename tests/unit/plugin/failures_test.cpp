// SPDX-License-Identifier: Apache-2.0
#include "rig.h"

#include <map>
#include <string>
#include <thread>

namespace parley::plugin::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class FaultsTest : public Rig, public testing::WithParamInterface<const char*> {};

TEST_P(FaultsTest, AFailingStartLeavesThePluginOffWithTheReason) {
  const std::string where = GetParam();
  settings_["faults.where"] = where;
  install("faults");
  install("base");
  const std::map<std::string, std::string> reasons{{"twice", "registered twice"},
                                                   {"late", "outside of setup"},
                                                   {"empty", "needs a handler"},
                                                   {"help", "must be a line"}};
  const auto reason = reasons.contains(where) ? reasons.at(where) : "on purpose";
  EXPECT_THAT(start(), ElementsAre(AllOf(HasSubstr("plugin faults"), HasSubstr(reason))));
  EXPECT_EQ(status("faults").state, PluginState::Failed);
  EXPECT_THAT(status("faults").error, HasSubstr(reason));
  EXPECT_FALSE(isMapped("faults"));
  EXPECT_EQ(ask("base:version"), "\"1.0.0\"") << "the others run";

  settings_["faults.where"] = "nowhere";
  host().enable("faults");
  EXPECT_EQ(ask("faults"), "\"fine\"");
}

TEST_P(FaultsTest, AFailingRestartSaysThatThePluginRanUntilThen) {
  install("faults");
  EXPECT_THAT(start(), IsEmpty());
  settings_["faults.where"] = GetParam();
  const auto all = [](const std::string&) { return true; };
  EXPECT_THAT(host().apply(all, {"faults"}),
              ElementsAre(AllOf(HasSubstr("plugin faults"), HasSubstr("it ran until now"))));
  EXPECT_EQ(message("hi"), "UNAVAILABLE") << "its check is missed";
  settings_["faults.where"] = "nowhere";
  EXPECT_THAT(host().apply(all), IsEmpty());
  EXPECT_EQ(message("hi"), "hi");
}
INSTANTIATE_TEST_SUITE_P(Steps, FaultsTest, testing::Values("setup", "start", "twice", "late", "empty", "help"),
                         [](const auto& item) { return std::string(item.param); });

TEST_F(Rig, ARouteOfAPluginThatIsOffIsFree) {
  settings_["faults.where"] = "route";
  install("clients");
  install("faults");
  EXPECT_THAT(start({"faults"}), IsEmpty());
  EXPECT_THAT(start({"clients"}), IsEmpty());
  EXPECT_THAT(start(), ElementsAre(HasSubstr("GET /probe/:id of clients is taken by GET /probe/:other of faults")));
}

TEST_F(Rig, AnIndexThatSomebodyElseHasIsNotMadeAnew) {
  collections_ = {{"helpers", {}, {}, {{"by_n", {{"owner"}, {"n"}}, true}}}};
  install("helpers");
  EXPECT_THAT(start(),
              ElementsAre(HasSubstr("index by_n of helpers on helpers is another one than that of the server")));
  EXPECT_THAT(store_.defined, IsEmpty());
}

TEST_F(Rig, AnIndexThatSomebodyElseHasAsWellIsBoths) {
  collections_ = {{"helpers", {}, {}, {{"by_n", {{"n"}}}}}};
  install("helpers");
  EXPECT_THAT(start(), IsEmpty());
  EXPECT_THAT(host().apply([](const std::string&) { return true; }, {"helpers"}), IsEmpty());
}

TEST_F(Rig, WhatMustBeCheckedIsRefusedUntilTheFailedPluginIsSwitchedOff) {
  options_.border.failuresInARow = 1;
  install("faults");
  EXPECT_THAT(start(), IsEmpty());
  EXPECT_EQ(message("fail"), "INTERNAL");
  EXPECT_EQ(message("hi"), "UNAVAILABLE") << "at once";
  while (status("faults").state == PluginState::Running) std::this_thread::yield();
  EXPECT_EQ(message("hi"), "UNAVAILABLE");
  host().disable("faults");
  EXPECT_EQ(message("hi"), "hi");
}

TEST_F(Rig, WhatARestartLeavesUncheckedIsRefusedUntilItIsThrough) {
  install("faults");
  settings_["faults.where"] = "block";
  EXPECT_THAT(start(), IsEmpty());
  store_.block();
  std::thread change([this] { host().apply([](const std::string&) { return true; }, {"faults"}); });
  store_.waitUntilWaiting();
  EXPECT_EQ(message("hi"), "UNAVAILABLE");
  EXPECT_THAT(host().whatHolds(), HasSubstr("faults: stop"));
  store_.unblock();
  change.join();
  EXPECT_EQ(message("hi"), "hi");
}

TEST_F(Rig, ARouteThatIsTakenUnderOtherNamesSaysByWhom) {
  settings_["faults.where"] = "route";
  install("clients");
  install("faults");
  EXPECT_THAT(start(), ElementsAre(HasSubstr("GET /probe/:other of faults is taken by GET /probe/:id of clients")));
}

TEST_F(Rig, AFailingStopIsNoObstacle) {
  settings_["faults.where"] = "stop";
  install("faults");
  EXPECT_THAT(start(), IsEmpty());
  host().disable("faults");
  EXPECT_EQ(ask("faults"), "FEATURE_DISABLED");
  EXPECT_FALSE(isMapped("faults"));
}

TEST_F(Rig, RepeatedFailuresSwitchThePluginOff) {
  options_.border.failuresInARow = 3;
  install("clients");
  EXPECT_THAT(start(), IsEmpty());
  for (int i = 0; i < 2; ++i) EXPECT_EQ(ask("throw"), "INTERNAL");
  EXPECT_EQ(ask("echo", 1), "1") << "a success in between starts the row anew";
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask("throw"), "INTERNAL");
  EXPECT_EQ(ask("echo"), "FEATURE_DISABLED") << "at once";
  while (status("clients").state == PluginState::Running) std::this_thread::yield();
  EXPECT_EQ(status("clients").state, PluginState::Failed);
  EXPECT_THAT(status("clients").error, HasSubstr("3 failed calls in a row"));
  host().enable("clients");
  EXPECT_EQ(ask("echo", 1), "1");
}

TEST_F(Rig, AnAlarmIsForTheRunThatFailed) {
  options_.border.failuresInARow = 1;
  install("clients");
  install("faults");
  EXPECT_THAT(start(), IsEmpty());
  const auto failsMeanwhile = [this](const std::string& name) {
    if (name == "clients") {
      EXPECT_EQ(ask("throw"), "INTERNAL");
    }
    return true;
  };
  EXPECT_THAT(host().apply(failsMeanwhile, {"clients"}), IsEmpty());
  EXPECT_EQ(message("fail"), "INTERNAL");
  while (status("faults").state == PluginState::Running) std::this_thread::yield();  // alarms come one after another
  EXPECT_EQ(status("clients").state, PluginState::Running);
  EXPECT_EQ(ask("echo", 1), "1");
}

TEST_F(Rig, FailuresWithinAMinuteCountTogether) {
  options_.border.failuresPerMinute = 3;
  install("clients");
  EXPECT_THAT(start(), IsEmpty());
  const auto failOnce = [this] {
    ask("throw");
    return ask("echo", 1);
  };
  EXPECT_EQ(failOnce(), "1");
  EXPECT_EQ(failOnce(), "1");
  clock_.advance(Millis{60001});
  EXPECT_EQ(failOnce(), "1");
  EXPECT_EQ(failOnce(), "1");
  EXPECT_EQ(failOnce(), "FEATURE_DISABLED");
}

}  // namespace
}  // namespace parley::plugin::test
