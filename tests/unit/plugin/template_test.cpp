// SPDX-License-Identifier: Apache-2.0
#include "rig.h"

namespace parley::plugin::test {
namespace {

TEST_F(Rig, ThePluginBuiltOutsideOfTheTreeRuns) {
  settings_["greeter.greeting"] = "Hello";
  settings_["greeter.maxNameLength"] = 8;
  install("greeter");
  EXPECT_THAT(start(), testing::IsEmpty());
  EXPECT_EQ(ask("greeter:greet", {{"name", "Ann"}}), "\"Hello, Ann!\"");
  EXPECT_EQ(ask("greeter:greet", {{"name", "Maximiliane"}}), "VALIDATION_FAILED");
  EXPECT_EQ(request("GET", "/api/greeter/Ann").text(), R"(200 {"success":true,"data":"Hello, Ann!"})");
  MessageDraft draft;
  draft.content = "/greet Bob";
  hooks_.before<hooks::MessageSend>(draft);
  EXPECT_EQ(draft.content, "Hello, Bob!");
  host().disable("greeter");
  EXPECT_FALSE(isMapped("greeter"));
}

}  // namespace
}  // namespace parley::plugin::test
