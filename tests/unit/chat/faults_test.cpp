// SPDX-License-Identifier: Apache-2.0
#include "world.h"

#include <atomic>

namespace parley::chat::test {

namespace {

Session groupOf(World& world, const std::string& ownerId, const std::vector<std::string>& userIds) {
  Sessions::NewSession wanted;
  wanted.type = "group";
  wanted.ownerId = ownerId;
  wanted.userIds = userIds;
  return world.chat->sessions().create(wanted);
}

}  // namespace

TEST(Faults, APrivateSessionThatWasStoredAllTheSameKeepsItsMembers) {
  World world;
  world.faults.noAcknowledgements = true;
  const auto session = world.session("a", "b");
  world.faults.noAcknowledgements = false;
  EXPECT_EQ(world.session("a", "b").id, session.id);
  world.chat->messages().send(draft(session.id, "a", "x"));
  world.settle();
  EXPECT_EQ(world.chat->sessions().listFor("b", 1, 10).total, 1);
  EXPECT_EQ(world.chat->reads().unread("b").total, 1);
}

TEST(Faults, AGroupThatWasStoredAllTheSameKeepsItsMembers) {
  World world;
  world.faults.noAcknowledgements = true;
  const auto session = groupOf(world, "a", {"b"});
  world.faults.noAcknowledgements = false;
  EXPECT_EQ(world.chat->sessions().participantsOf(session.id), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(world.chat->sessions().listFor("b", 1, 10).total, 1);
}

TEST(Faults, ASessionOfWhichTheStoreCannotTellKeepsItsMembers) {
  World world;
  world.faults.noAcknowledgements = true;
  world.faults.sessionReadsLeft = 1;  // whether there is one of the two
  EXPECT_THROW(world.session("a", "b"), Error);
  world.faults.noAcknowledgements = false;
  world.faults.sessionReadsLeft = 1'000;
  const auto session = world.session("a", "b");
  EXPECT_EQ(world.chat->sessions().listFor("b", 1, 10).total, 1);
}

TEST(Faults, AChangeThatIsStoredIsToldAlthoughTheSessionCannotBeRead) {
  World world;
  const auto session = groupOf(world, "a", {"b"});
  world.settle();
  std::atomic<int> told{0};
  world.hooks.add(false, hooks::MembersChanged::name, "test", {}, [&](void*) { ++told; });
  world.faults.sessionReadsLeft = 1;
  EXPECT_EQ(world.chat->sessions().addMembers(session.id, {"c"}, true, "a", 0), std::vector<std::string>{"c"});
  world.settle();
  EXPECT_EQ(told, 1);
  EXPECT_TRUE(world.chat->sessions().isParticipant(session.id, "c"));
}

}  // namespace parley::chat::test
