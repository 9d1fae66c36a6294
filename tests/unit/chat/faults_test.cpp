// SPDX-License-Identifier: Apache-2.0
#include "world.h"

#include <atomic>
#include <chrono>
#include <thread>

namespace parley::chat::test {

namespace {

Session groupOf(World& world, const std::string& ownerId, const std::vector<std::string>& userIds) {
  Sessions::NewSession wanted;
  wanted.type = "group";
  wanted.ownerId = ownerId;
  wanted.userIds = userIds;
  return world.chat->sessions().create(wanted);
}

/// Two messages of a to b, of which the second was stored, but the store could not tell.
class Doubt : public testing::Test {
 protected:
  void SetUp() override {
    world.chat->messages().send(draft(session.id, "a", "one"));
    second.clientMessageId = "2";
    world.faults.noAcknowledgements = true;
    world.faults.noMessageReads = true;
    EXPECT_EQ(refusalOf([&] { world.chat->messages().send(second); }).first, ErrorCode::Unavailable);
    world.settle();
    EXPECT_EQ(received(), (std::vector<std::string>{"one"}));
    world.faults.noAcknowledgements = false;
  }

  /// What b was told.
  std::vector<std::string> received() const {
    std::vector<std::string> contents;
    for (const auto& sent : world.sockets.sent("message:receive", "user:b"))
      contents.emplace_back(sent.data.at("message").at("content").as_string());
    return contents;
  }

  World world;
  Session session = world.session("a", "b");
  MessageDraft second = draft(session.id, "a", "two");
};

}  // namespace

TEST_F(Doubt, EndsWithTheNextMessageAndBeforeIt) {
  world.faults.noMessageReads = false;
  const auto again = world.chat->messages().send(second);
  EXPECT_TRUE(again.duplicate);
  EXPECT_EQ(world.chat->messages().send(draft(session.id, "a", "three")).seq, 3);
  world.settle();
  EXPECT_EQ(received(), (std::vector<std::string>{"one", "two", "three"}));
  EXPECT_EQ(world.chat->reads().unread("b").total, 3);
}

TEST_F(Doubt, EndsByItself) {
  EXPECT_EQ(refusalOf([&] { world.chat->messages().send(second); }).first, ErrorCode::Unavailable);
  world.faults.noMessageReads = false;
  while (received().size() < 2) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_EQ(received(), (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(world.chat->reads().unread("b").total, 2);
  EXPECT_EQ(world.chat->sessions().listFor("b", 1, 10).sessions.at(0).lastSeq, 2);
}

TEST_F(Doubt, EndsWithoutAWordWhenTheMessageIsGone) {
  world.faults.noMessageReads = false;
  world.store->remove(collections::messages, where("seq") == 2);
  EXPECT_EQ(world.chat->messages().send(draft(session.id, "a", "another")).seq, 2);
  world.settle();
  EXPECT_EQ(received(), (std::vector<std::string>{"one", "another"}));
}

TEST_F(Doubt, EndsWithoutAWordWhenTheMessageIsDeleted) {
  world.faults.noMessageReads = false;
  const auto stored = world.store->findOne(collections::messages, where("seq") == 2);
  world.chat->messages().remove(stringOf(*stored, "_id"), "a");
  EXPECT_EQ(world.chat->messages().send(draft(session.id, "a", "another")).seq, 3);
  world.settle();
  EXPECT_EQ(received(), (std::vector<std::string>{"one", "another"}));
}

TEST(Faults, ARecallAndADeletionThatAreStoredAllTheSameAreTold) {
  World world;
  const auto session = world.session("a", "b");
  const auto sent = world.chat->messages().send(draft(session.id, "a", "x"));
  std::vector<std::string> told;
  world.hooks.add(false, hooks::MessageChanged::name, "test", {}, [&](void* subject) {
    told.push_back(static_cast<const hooks::MessageChanged::Change*>(subject)->kind);
  });
  world.faults.noAnswers = true;
  const Messages::Change recall{.kind = "recalled", .content = "", .extra = {{"recalled", true}}, .unless = "recalled"};
  EXPECT_TRUE(world.chat->messages().change(sent.id, recall).extra.contains("recalled"));
  EXPECT_TRUE(world.chat->messages().remove(sent.id, "a").deleted);
  world.faults.noMessageReads = true;
  EXPECT_EQ(refusalOf([&] { world.chat->messages().change(sent.id, recall); }).first, ErrorCode::Unavailable);
  world.faults.noMessageReads = false;
  world.settle();
  EXPECT_EQ(told, (std::vector<std::string>{"recalled", "deleted"}));
}

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
