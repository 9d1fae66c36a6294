// SPDX-License-Identifier: Apache-2.0
#include "world.h"

#include <gmock/gmock.h>

#include <set>
#include <thread>

namespace parley::chat::test {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

TEST(Sessions, APrivateSessionIsMadeOnce) {
  World world;
  int announced = 0;
  world.hooks.add(false, hooks::SessionCreated::name, "test", {}, [&](void*) { ++announced; });
  auto& sessions = world.chat->sessions();
  const auto made = sessions.openPrivate("a", "b");
  EXPECT_TRUE(made.created);
  EXPECT_EQ(made.session.type, "private");
  EXPECT_THAT(made.session.participants, UnorderedElementsAre("a", "b"));
  const auto again = sessions.openPrivate("b", "a");
  EXPECT_FALSE(again.created);
  EXPECT_EQ(again.session.id, made.session.id);
  EXPECT_EQ(announced, 1);
  EXPECT_TRUE(sessions.isParticipant(made.session.id, "a"));
  EXPECT_FALSE(sessions.isParticipant(made.session.id, "c"));
  EXPECT_NE(sessions.openPrivate("a", "c").session.id, made.session.id);
}

TEST(Sessions, FiftyAtOnceMakeOne) {
  World world;
  std::vector<Sessions::Made> made(50);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < made.size(); ++i)
    threads.emplace_back([&, i] {
      made[i] =
          i % 2 == 0 ? world.chat->sessions().openPrivate("a", "b") : world.chat->sessions().openPrivate("b", "a");
    });
  for (auto& thread : threads) thread.join();
  std::set<std::string> ids;
  int created = 0;
  for (const auto& one : made) {
    ids.insert(one.session.id);
    created += one.created ? 1 : 0;
  }
  EXPECT_EQ(ids.size(), 1U);
  EXPECT_EQ(created, 1);
  EXPECT_EQ(world.store->count("chatsessions", Filter()), 1);
  EXPECT_EQ(world.store->count("chatmembers", Filter()), 2);
}

TEST(Sessions, AUserOpensOnlySoMany) {
  ChatOptions options;
  options.sessionsPerUser = 2;
  World world(options);
  auto& sessions = world.chat->sessions();
  const auto first = sessions.openPrivate("a", "b").session.id;
  sessions.create({.type = "group", .name = "g", .ownerId = "a"});
  EXPECT_EQ(refusalOf([&] { sessions.openPrivate("a", "c"); }).first, ErrorCode::Conflict);
  EXPECT_EQ(refusalOf([&] { sessions.create({.type = "group", .name = "h", .ownerId = "a"}); }).first,
            ErrorCode::Conflict);
  EXPECT_EQ(sessions.openPrivate("b", "a").session.id, first);
  // Others are no worse off for a user who is in many.
  EXPECT_NO_THROW(sessions.create({.type = "group", .name = "i", .ownerId = "c", .userIds = {"a"}}));
  EXPECT_NO_THROW(sessions.openPrivate("c", "a"));
}

TEST(Sessions, RefusesWhatIsNoPair) {
  World world;
  auto& sessions = world.chat->sessions();
  EXPECT_EQ(refusalOf([&] { sessions.openPrivate("a", "a"); }).first, ErrorCode::ValidationFailed);
  EXPECT_EQ(refusalOf([&] { sessions.openPrivate("a", ""); }).first, ErrorCode::ValidationFailed);
  EXPECT_EQ(refusalOf([&] { sessions.openPrivate("a b", "c"); }).first, ErrorCode::ValidationFailed);
  EXPECT_EQ(refusalOf([&] { sessions.isParticipant("0123456789abcdef01234567", "a"); }).first, ErrorCode::NotFound);
  EXPECT_EQ(refusalOf([&] { sessions.participantsOf("nothing"); }).first, ErrorCode::NotFound);
}

TEST(Sessions, MembersOfAGroupAreReadFromTheirRecords) {
  World world;
  world.store->insert("chatsessions",
                      {{"_id", "g"}, {"sessionType", "group"}, {"createdAt", "2024-01-01T00:00:00.000Z"}});
  for (const auto* userId : {"a", "b", "c"})
    world.store->insert("chatmembers", {{"_id", std::string("g:") + userId}, {"sessionId", "g"}, {"userId", userId}});
  EXPECT_THAT(world.chat->sessions().participantsOf("g"), UnorderedElementsAre("a", "b", "c"));
  EXPECT_EQ(world.chat->sessions().find("g")->memberCount, 3);
  const auto sent = world.chat->messages().send(draft("g", "a", "hello"));
  EXPECT_EQ(sent.receiverId, "");
  EXPECT_EQ(world.chat->sessions().listFor("b", 1, 10).sessions.size(), 1U);
}

TEST(Sessions, ListsTheNewestConversationFirst) {
  World world;
  std::vector<std::string> ids;
  for (const auto* other : {"b", "c", "d", "e"}) {
    ids.push_back(world.session("a", other).id);
    world.clock.advance(Millis{10});
  }
  world.session("b", "c");
  for (const auto index : {2U, 0U}) {
    world.chat->messages().send(draft(ids[index], "a", "x"));
    world.clock.advance(Millis{10});
  }
  auto idsOf = [](const Sessions::Page& page) {
    std::vector<std::string> list;
    for (const auto& session : page.sessions) list.push_back(session.id);
    return list;
  };
  const auto all = world.chat->sessions().listFor("a", 1, 20);
  EXPECT_EQ(all.total, 4);
  EXPECT_THAT(idsOf(all), ElementsAre(ids[0], ids[2], ids[3], ids[1]));
  EXPECT_THAT(idsOf(world.chat->sessions().listFor("a", 2, 3)), ElementsAre(ids[1]));
  EXPECT_TRUE(world.chat->sessions().listFor("a", 1'000'000'000, 100).sessions.empty());
  EXPECT_TRUE(world.chat->sessions().listFor("hermit", 1, 20).sessions.empty());
}

TEST(Sessions, ShowsPeopleLastMessageAndUnreadCount) {
  World world;
  User anna;
  anna.id = "a";
  anna.username = "anna";
  world.chat->users().save(anna);
  const auto session = world.session("a", "b");
  auto shown = world.chat->sessions().toJson({session}, "a").at(0).as_object();
  EXPECT_TRUE(shown.at("lastMessage").is_null());
  EXPECT_TRUE(shown.at("lastMessageTime").is_null());
  EXPECT_EQ(shown.at("unreadCount"), 0);
  EXPECT_EQ(shown.at("participants").at(0).at("username"), "anna");
  EXPECT_EQ(shown.at("participants").at(1).at("_id"), "b");

  for (const auto* sender : {"a", "b", "b", "a", "b"}) world.chat->messages().send(draft(session.id, sender, "x"));
  const auto last = world.chat->messages().send(draft(session.id, "b", "last"));
  const auto now = world.chat->sessions().find(session.id).value();
  shown = world.chat->sessions().toJson({now}, "a").at(0).as_object();
  EXPECT_EQ(shown.at("lastMessage").at("_id"), Json(last.id));
  EXPECT_EQ(shown.at("lastMessageTime"), Json(toIso8601(last.createdAt)));
  EXPECT_EQ(shown.at("unreadCount"), 4);
  EXPECT_EQ(world.chat->sessions().toJson({now}, "b").at(0).at("unreadCount"), 2);
}

TEST(Sessions, UnreadBeginsAfterTheMark) {
  World world;
  const auto session = world.session("a", "b");
  for (const auto* sender : {"a", "b", "b", "a", "b", "a"}) world.chat->messages().send(draft(session.id, sender, "x"));
  world.store->insert("readstates",
                      {{"_id", session.id + ":a"}, {"sessionId", session.id}, {"userId", "a"}, {"readUpTo", 2}});
  EXPECT_EQ(world.chat->sessions().toJson({session}, "a").at(0).at("unreadCount"), 2);
  EXPECT_EQ(world.chat->sessions().toJson({session}, "b").at(0).at("unreadCount"), 3);
}

}  // namespace parley::chat::test
