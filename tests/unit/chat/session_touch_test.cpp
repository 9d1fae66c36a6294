// SPDX-License-Identifier: Apache-2.0
#include "chat/session_touch.h"
#include "chat/collections.h"
#include "chat/documents.h"
#include "world.h"

namespace parley::chat::test {
namespace {

constexpr Millis longDelay{3'600'000};

Document sessionIn(World& world, const std::string& id) {
  return world.store->findOne(collections::sessions, where("_id") == id).value();
}

TEST(SessionTouch, WaitsUntilTheSessionIsRead) {
  World world({}, longDelay);
  const auto session = world.session("alice", "bob");
  for (const auto* text : {"one", "two", "three"}) world.chat->messages().send(draft(session.id, "alice", text));
  const auto listed = world.chat->sessions().listFor("bob", 1, 10).sessions;
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ(listed.front().lastSeq, 3);
  EXPECT_EQ(world.chat->reads().unread("bob").total, 3);
}

TEST(SessionTouch, IsRenewedUntilItIsTaken) {
  Message message;
  message.sessionId = "s";
  message.id = "first";
  NewestMessage newest(message, {.seq = 1});
  message.id = "second";
  EXPECT_TRUE(newest.renew(message, {.seq = 2}));
  EXPECT_EQ(newest.take().update.steps().front().value, Json("second"));
  EXPECT_FALSE(newest.renew(message, {.seq = 3})) << "that one needs another";
}

TEST(SessionTouch, GoesOnAfterItWasNoted) {
  World world({}, longDelay);
  const auto session = world.session("alice", "bob");
  for (std::int64_t seq = 1; seq <= 3; ++seq) {
    const auto newest = world.chat->messages().send(draft(session.id, "alice", "another"));
    EXPECT_EQ(integerOf(sessionIn(world, session.id), "lastSeq"), seq);
    EXPECT_EQ(textOf(sessionIn(world, session.id), "lastMessage"), newest.id);
  }
}

TEST(SessionTouch, IsCaughtUpAfterACrash) {
  World world({}, longDelay);
  const auto noted = world.session("alice", "bob");
  world.chat->messages().send(draft(noted.id, "alice", "one"));
  EXPECT_EQ(integerOf(sessionIn(world, noted.id), "lastSeq"), 1);
  world.chat->messages().send(draft(noted.id, "bob", "two"));
  const auto fresh = world.session("alice", "carol");
  const auto newest = world.chat->messages().send(draft(fresh.id, "carol", "three"));
  world.crash();
  const auto session = sessionIn(world, noted.id);
  EXPECT_EQ(integerOf(session, "lastSeq"), 2);
  EXPECT_EQ(textOf(session, "lastSender"), "bob");
  EXPECT_EQ(integerOf(session, "lastSenderSeq"), 1);
  EXPECT_EQ(textOf(sessionIn(world, fresh.id), "lastMessage"), newest.id);
  EXPECT_EQ(world.chat->reads().unread("alice").total, 2);
}

TEST(SessionTouch, IsCaughtUpAfterACrashThoughTheClockWasSetBack) {
  World world({}, longDelay);
  const auto session = world.session("alice", "bob");
  world.clock.advance(std::chrono::hours(24));
  world.chat->messages().send(draft(session.id, "alice", "tomorrow"));
  EXPECT_EQ(integerOf(sessionIn(world, session.id), "lastSeq"), 1);
  world.clock.advance(-std::chrono::hours(24));
  const auto newest = world.chat->messages().send(draft(session.id, "bob", "today"));
  world.crash();
  EXPECT_EQ(integerOf(sessionIn(world, session.id), "lastSeq"), 2);
  EXPECT_EQ(textOf(sessionIn(world, session.id), "lastMessage"), newest.id);
}

TEST(SessionTouch, DoesNotTakeBackWhatHasChangedSince) {
  World world({}, longDelay);
  const auto session = world.chat->sessions().create({.type = "group", .name = "old", .ownerId = "alice"});
  world.chat->messages().send(draft(session.id, "alice", "one"));
  world.clock.advance(Millis{1000});
  Sessions::Change change;
  change.name = "new";
  const auto changed = world.chat->sessions().update(session.id, change);
  EXPECT_EQ(changed.updatedAt, world.clock.now());
  EXPECT_EQ(changed.lastSeq, 1);
}

TEST(SessionTouch, IsStoredByTheEnd) {
  World world({}, longDelay);
  const auto session = world.session("alice", "bob");
  world.chat->messages().send(draft(session.id, "alice", "one"));
  world.restart();
  EXPECT_EQ(integerOf(sessionIn(world, session.id), "lastSeq"), 1);
}

}  // namespace
}  // namespace parley::chat::test
