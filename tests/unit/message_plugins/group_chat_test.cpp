// SPDX-License-Identifier: Apache-2.0
#include "stage.h"

namespace parley::chat::test {

using ::testing::HasSubstr;

class GroupChat : public Stage {
 protected:
  GroupChat() : Stage("group_chat") {}

  Json change(const std::string& route, const std::string& userId, JsonObject body) {
    return http(route, {{"sessionId", id}}, {}, userId, std::move(body));
  }
  Json invite(const std::string& userId) {
    return change("POST /api/chat/sessions/group/:sessionId/members", userId, {{"userIds", JsonArray{"new"}}});
  }
  Json announce(const std::string& userId, const std::string& text) {
    return change("PUT /api/chat/sessions/group/:sessionId", userId, {{"announcement", text}});
  }

  const std::string id = group({"owner", "admin", "a"});
};

TEST_F(GroupChat, WhoIsMutedPutsNoWordsIntoTheConversation) {
  auto& sessions = world.chat->sessions();
  const auto until = world.clock.now() + Millis{60'000};
  sessions.updateMember(id, "admin", {.role = "admin", .mutedUntil = until});
  sessions.updateMember(id, "a", {.mutedUntil = until});
  const auto said = refusalOf([&] { send(id, "a"); });
  for (const auto* userId : {"a", "admin"}) {
    const auto refused = refusalOf([&] { invite(userId); });
    EXPECT_EQ(refused.first, said.first);
    EXPECT_THAT(refused.second, HasSubstr("muted until " + toIso8601(until)));
  }
  EXPECT_THAT(refusalOf([&] { announce("admin", "x"); }).second, HasSubstr("muted"));
  EXPECT_EQ(sessions.find(id)->memberCount, 3);

  world.clock.advance(Millis{60'000});
  EXPECT_EQ(announce("admin", "x").at("announcement"), "x");
  EXPECT_EQ(invite("a").at("memberCount"), 4);
}

TEST_F(GroupChat, TheOwnerIsHeardThoughMutedBefore) {
  auto& sessions = world.chat->sessions();
  sessions.updateMember(id, "a", {.mutedUntil = world.clock.now() + Millis{60'000}});
  sessions.update(id, {.ownerId = "a"});
  EXPECT_EQ(announce("a", "mine").at("announcement"), "mine");
  EXPECT_EQ(invite("a").at("memberCount"), 4);
}

}  // namespace parley::chat::test
