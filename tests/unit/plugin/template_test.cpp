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
  const Error refusal(ErrorCode::ValidationFailed, "", {"greeter.nameLength", {{"bytes", "8"}}});
  EXPECT_EQ(texts_.of(refusal, {"en"}), "A name has 1 to 8 bytes");
  const auto refused = request("GET", "/api/greeter/Maximiliane").text();
  EXPECT_NE(refused.find(R"("error":"name must have 1 to 8 bytes")"), std::string::npos) << refused;
  EXPECT_NE(refused.find("名字须为1到8个字节"), std::string::npos) << refused;
  MessageDraft draft;
  draft.content = "/greet ";
  try {
    hooks_.before<hooks::MessageSend>(draft);
    ADD_FAILURE() << "nobody was greeted";
  } catch (const Error& error) {
    EXPECT_EQ(texts_.of(error, {"en"}), "A name has 1 to 8 bytes");
  }
  draft.content = "/greet Bob";
  hooks_.before<hooks::MessageSend>(draft);
  EXPECT_EQ(draft.content, "Hello, Bob!");
  host().disable("greeter");
  EXPECT_FALSE(isMapped("greeter"));
  EXPECT_EQ(texts_.of(refusal, {"en"}), "The request is not valid");
}

}  // namespace
}  // namespace parley::plugin::test
