// SPDX-License-Identifier: Apache-2.0
#include "chat/migration/migration.h"
#include "old_database.h"
#include "world.h"

#include <gmock/gmock.h>

#include <parley/fields.h>

namespace parley::chat::test {

using migration::Migration;
using ::testing::ElementsAre;

namespace {

class MigrationTest : public ::testing::Test {
 protected:
  /// Gives up after so many steps; 0: never.
  bool migrate(int steps = 0) {
    Migration migration(*world.store, world.clock);
    EXPECT_TRUE(migration.isNeeded());
    return migration.run([&] { return steps > 0 && --steps == 0; });
  }
  bool isNeeded() { return Migration(*world.store, world.clock).isNeeded(); }

  std::string contents(const std::string& sessionId) {
    std::string text;
    for (const auto& message : world.chat->messages().history({.sessionId = sessionId, .limit = 100}).messages)
      text += std::to_string(message.seq) + message.content + " ";
    return text;
  }
  std::int64_t unread(const std::string& userId) { return world.chat->reads().unread(userId).total; }
  Document stored(const std::string& collection, const std::string& id) {
    return world.store->findOne(collection, where("_id") == Json(id)).value();
  }
  Message send(const std::string& from, const std::string& sessionId) {
    return world.chat->messages().send(draft(sessionId, from, "new"));
  }

  World world;
  OldDatabase old{*world.store};
};

}  // namespace

TEST_F(MigrationTest, NothingIsToBeDoneForWhatThisServerMade) {
  EXPECT_FALSE(isNeeded());
  const auto session = world.session("a", "b");
  EXPECT_FALSE(isNeeded());
  send("a", session.id);
  world.chat->sessions().create({.type = "group", .name = "g", .ownerId = "a", .userIds = {"b"}});
  world.settle();
  EXPECT_FALSE(isNeeded());
}

TEST_F(MigrationTest, APrivateSessionGoesOnWhereItWas) {
  const auto session = old.session({"a", "b"});
  old.message(session, "a", 2, "two", {{"receiver", "b"}, {"status", "read"}});
  old.message(session, "b", 1, "one");
  old.message(session, "a", 3, "three", {{"receiver", "b"}});
  old.message(session, "a", 3, "four", {{"receiver", "b"}, {"readBy", old.readBy({{"b", 9}})}});
  const auto before = old.dump();
  EXPECT_TRUE(migrate());
  EXPECT_FALSE(isNeeded());
  EXPECT_EQ(old.changedFields(before), "");

  EXPECT_EQ(contents(session), "1one 2two 3three 4four ");
  EXPECT_EQ(unread("a"), 1);
  EXPECT_EQ(unread("b"), 1);
  const auto made = world.chat->sessions().openPrivate("b", "a");
  EXPECT_FALSE(made.created);
  EXPECT_EQ(made.session.id, session);
  EXPECT_EQ(send("b", session).seq, 5);
  EXPECT_EQ(unread("a"), 2);
  world.chat->reads().markUpTo(session, "b", {});
  EXPECT_EQ(unread("b"), 0);
  const auto totals = world.chat->reads().totals("a");
  EXPECT_EQ(totals.sent, 3);
  EXPECT_EQ(totals.received, 2);
}

TEST_F(MigrationTest, AGroupHasItsMembersAndAnOwnerWhoExists) {
  old.user("b");
  old.user("c");
  const auto group = old.session({"a", "b", "c", "b"}, {{"sessionType", "group"}, {"sessionName", "we"}});
  old.message(group, "c", 1, "hello");
  EXPECT_TRUE(migrate());
  const auto members = world.chat->sessions().members(group);
  ASSERT_EQ(members.size(), 3);
  EXPECT_EQ(world.chat->sessions().member(group, "b")->role, "owner");
  EXPECT_EQ(world.chat->sessions().find(group)->memberCount, 3);
  EXPECT_EQ(unread("a"), 1);
  EXPECT_EQ(unread("c"), 0);
  EXPECT_EQ(contents(group), "1hello ");
}

TEST_F(MigrationTest, OfTwoSessionsOfAPairTheOneThatWasUsedLastIsTheirs) {
  const auto older = old.session({"a", "b"}, {{"lastMessageTime", old.at(5)}});
  const auto newer = old.session({"b", "a"}, {{"lastMessageTime", old.at(9)}});
  const auto oldest = old.session({"a", "b"}, {{"lastMessageTime", old.at(1)}});
  old.message(older, "a", 5, "x");
  old.message(newer, "a", 9, "y");
  EXPECT_TRUE(migrate());
  EXPECT_EQ(world.chat->sessions().openPrivate("a", "b").session.id, newer);
  EXPECT_EQ(contents(older), "1x ");
  EXPECT_EQ(contents(oldest), "");
  EXPECT_EQ(unread("b"), 2);
  EXPECT_EQ(world.chat->sessions().listFor("a", 1, 20).total, 3);
}

TEST_F(MigrationTest, TakesWhatIsOddAsItIs) {
  const auto gone = old.newId();
  old.message(gone, "a", 1, "of nowhere");
  old.message("", "a", 1, "without a session");
  old.message("", "a", 2, "likewise");
  old.session({}, {{"sessionType", "group"}});
  const auto twice = old.session({"a", "b", "b"}, {{"sessionType", ""}});
  old.message(twice, "a", 1, "x", {{"receiver", nullptr}, {"status", nullptr}, {"messageType", nullptr}});
  old.message(twice, "stranger", 2, "y", {{"readBy", old.readBy({{"b", 1}, {"b", 2}, {"elsewhere", 1}})}});
  old.message(twice, "b", 3, "z");
  EXPECT_TRUE(migrate());
  EXPECT_EQ(world.chat->sessions().find(twice)->type, "private");
  EXPECT_THAT(world.chat->sessions().participantsOf(twice), ElementsAre("a", "b"));
  EXPECT_EQ(contents(twice), "1x 2y 3z ");
  EXPECT_EQ(unread("a"), 2);
  EXPECT_EQ(unread("b"), 1);
  const auto totals = world.chat->reads().totals("a");
  EXPECT_EQ(totals.sent, 1);
  EXPECT_EQ(totals.received, 2);
  const auto first = world.chat->messages().history({.sessionId = twice}).messages.front();
  EXPECT_EQ(first.messageType, "text");
  EXPECT_EQ(first.status, "sent");
}

TEST_F(MigrationTest, AMarkThatIsRepeatedHasTheTimeOfBefore) {
  const auto session = old.session({"a", "b"});
  const auto id = old.message(session, "a", 1, "x", {{"receiver", "b"}, {"readBy", old.readBy({{"b", 7}})}});
  EXPECT_TRUE(migrate());
  const auto marked = world.chat->reads().markMessage(id, "b");
  EXPECT_FALSE(marked.any());
  EXPECT_EQ(toIso8601(marked.readAt), old.at(7));
  EXPECT_EQ(world.chat->messages().find(id)->readBy.size(), 1);
  EXPECT_EQ(world.chat->messages().find(id)->status, "read");
}

TEST_F(MigrationTest, GivesEveryCountThatTheMessagesGive) {
  old.fillAtRandom(7);
  const auto before = old.dump();
  EXPECT_TRUE(migrate());
  EXPECT_EQ(old.changedFields(before), "");
  old.expectCounts(*world.chat);
}

TEST_F(MigrationTest, GoesOnWhereItWasStopped) {
  old.fillAtRandom(3);
  int runs = 1;
  while (!migrate(1 + runs % 3)) ASSERT_LT(++runs, 200);
  EXPECT_GE(runs, 4);
  EXPECT_FALSE(isNeeded());
  old.expectCounts(*world.chat);
}

TEST_F(MigrationTest, ASecondRunChangesNothing) {
  old.fillAtRandom(5);
  EXPECT_TRUE(migrate());
  const auto once = old.dump();
  world.store->update("migrations", Filter(), Update().set("stage", "sessions"));
  EXPECT_TRUE(migrate());
  EXPECT_EQ(old.dump(), once);
}

TEST_F(MigrationTest, TakesInWhatTheOtherServerWroteSince) {
  const auto session = old.session({"a", "b"});
  old.message(session, "a", 1, "one", {{"receiver", "b"}});
  old.message(session, "b", 2, "two", {{"receiver", "a"}});
  EXPECT_TRUE(migrate());
  send("a", session);
  world.chat->reads().markUpTo(session, "a", {});
  const auto since = old.session({"a", "c"});
  old.message(session, "b", 1, "of a slow clock", {{"receiver", "a"}});
  old.message(session, "a", 200'000'000'000, "last", {{"receiver", "b"}, {"readBy", old.readBy({{"b", 3}})}});
  old.message(since, "c", 5, "hello", {{"receiver", "a"}});
  EXPECT_TRUE(migrate());
  EXPECT_EQ(contents(session), "1one 2two 3new 4of a slow clock 5last ");
  EXPECT_EQ(contents(since), "1hello ");
  EXPECT_EQ(unread("a"), 2);
  EXPECT_EQ(unread("b"), 2);
  EXPECT_EQ(send("b", session).seq, 6);
}

TEST_F(MigrationTest, CountsWhatThisServerWroteInBetween) {
  const auto session = old.session({"a", "b"});
  old.message(session, "a", 1, "one", {{"receiver", "b"}});
  EXPECT_TRUE(migrate());
  send("a", session);
  send("b", session);
  old.message(session, "a", 200'000'000'000, "two");
  old.message(session, "stranger", 200'000'000'001, "three");
  EXPECT_TRUE(migrate());
  world.restart();
  EXPECT_EQ(world.chat->reads().totals("a").sent, 3);
  EXPECT_EQ(world.chat->reads().totals("b").sent, 1);
  send("b", session);
  EXPECT_EQ(world.chat->reads().totals("a").sent, 3);
  EXPECT_EQ(world.chat->reads().totals("b").sent, 2);
  EXPECT_EQ(world.chat->reads().totals("b").received, 4);
}

/// Ids of one second, or of two clocks, do not tell who wrote last.
TEST_F(MigrationTest, SeesWhatTheOtherServerWroteThoughItsIdIsNotTheNewest) {
  const auto session = world.session("a", "b");
  const auto sent = send("a", session.id);
  world.settle();
  EXPECT_FALSE(isNeeded());
  const auto sameSecond = sent.id.substr(0, 8) + "0000000000000001";
  old.message(session.id, "b", 1, "of the other", {{"_id", sameSecond}, {"receiver", "a"}});
  EXPECT_TRUE(migrate());
  EXPECT_EQ(contents(session.id), "1new 2of the other ");
  old.session({"a", "c"}, {{"_id", session.id.substr(0, 8) + "0000000000000002"}});
  EXPECT_TRUE(migrate());
  EXPECT_FALSE(isNeeded());
}

}  // namespace parley::chat::test
