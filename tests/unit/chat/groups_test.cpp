// SPDX-License-Identifier: Apache-2.0
#include "chat/collections.h"
#include "chat/session_members.h"
#include "world.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace parley::chat::test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

namespace {

Session group(World& world, std::vector<std::string> userIds, const std::string& owner = "owner") {
  return world.chat->sessions().create(
      {.type = "group", .name = "us", .ownerId = owner, .userIds = std::move(userIds)});
}

std::vector<std::string> numbered(int count) {
  std::vector<std::string> userIds;
  for (int i = 0; i < count; ++i) userIds.push_back("u" + std::to_string(i));
  return userIds;
}

}  // namespace

TEST(Groups, AreMadeWithTheirOwnerAndMembers) {
  World world;
  std::vector<std::string> announced;
  world.hooks.add(false, hooks::SessionCreated::name, "test", {},
                  [&](void* subject) { announced.push_back(static_cast<const Session*>(subject)->id); });
  auto& sessions = world.chat->sessions();
  const auto made = sessions.create(
      {.type = "group", .name = "us", .ownerId = "o", .userIds = {"b", "a", "b"}, .extra = {{"topic", "tea"}}});
  EXPECT_THAT(announced, ElementsAre(made.id));
  const auto found = sessions.find(made.id).value();
  EXPECT_EQ(found.type, "group");
  EXPECT_EQ(found.name, "us");
  EXPECT_EQ(found.ownerId, "o");
  EXPECT_EQ(found.memberCount, 3);
  EXPECT_EQ(found.extra.at("topic"), "tea");
  EXPECT_THAT(found.participants, IsEmpty());
  EXPECT_THAT(sessions.participantsOf(made.id), UnorderedElementsAre("a", "b", "o"));
  EXPECT_EQ(sessions.member(made.id, "o")->role, "owner");
  EXPECT_EQ(sessions.member(made.id, "a")->role, "member");
  EXPECT_EQ(sessions.member(made.id, "a")->visibleFrom, 1);
  EXPECT_FALSE(sessions.member(made.id, "c"));
  EXPECT_EQ(sessions.listFor("a", 1, 10).total, 1);
  world.restart();
  EXPECT_THAT(world.chat->sessions().participantsOf(made.id), UnorderedElementsAre("a", "b", "o"));
  EXPECT_EQ(world.chat->sessions().member(made.id, "o")->role, "owner");
}

TEST(Groups, RefuseWhatIsNone) {
  World world;
  auto& sessions = world.chat->sessions();
  const auto refused = [&](Sessions::NewSession wanted) { return refusalOf([&] { sessions.create(wanted); }); };
  EXPECT_EQ(refused({.type = "private", .name = "", .ownerId = "a"}).first, ErrorCode::ValidationFailed);
  EXPECT_EQ(refused({.type = "group", .name = ""}).first, ErrorCode::ValidationFailed);
  EXPECT_EQ(refused({.type = "group", .name = "", .userIds = {"a b"}}).first, ErrorCode::ValidationFailed);
  EXPECT_EQ(refused({.type = "channel", .name = "", .ownerId = "a"}).first, ErrorCode::FeatureDisabled);
  const auto pair = world.session("a", "b").id;
  EXPECT_EQ(refusalOf([&] { sessions.addMembers(pair, {"c"}, true, "a"); }).first, ErrorCode::ValidationFailed);
  EXPECT_EQ(refusalOf([&] { sessions.removeMember(pair, "a", "a"); }).first, ErrorCode::ValidationFailed);
  EXPECT_EQ(refusalOf([&] { sessions.updateMember(pair, "a", {.role = "admin"}); }).first, ErrorCode::ValidationFailed);
  EXPECT_EQ(refusalOf([&] { sessions.update(pair, {.ownerId = "a"}); }).first, ErrorCode::ValidationFailed);
  for (const auto* id : {"0123456789abcdef01234567", ""}) {
    EXPECT_EQ(refusalOf([&] { sessions.addMembers(id, {"c"}, true, "a"); }).first, ErrorCode::NotFound);
    EXPECT_EQ(refusalOf([&] { sessions.remove(id, "a"); }).first, ErrorCode::NotFound);
    EXPECT_EQ(refusalOf([&] { sessions.visibleFrom(id, "a"); }).first, ErrorCode::NotFound);
  }
}

TEST(Groups, MembersComeAndGo) {
  World world;
  auto& sessions = world.chat->sessions();
  std::vector<hooks::MembersChanged::Change> told;
  world.hooks.add(false, hooks::MembersChanged::name, "test", {},
                  [&](void* subject) { told.push_back(*static_cast<const hooks::MembersChanged::Change*>(subject)); });
  const auto id = group(world, {"a", "b"}).id;
  for (int i = 0; i < 3; ++i) world.chat->messages().send(draft(id, "a", "x"));
  EXPECT_THAT(sessions.addMembers(id, {"b", "d", "c", "c"}, false, "a"), ElementsAre("c", "d"));
  EXPECT_THAT(sessions.addMembers(id, {"e"}, true, "a"), ElementsAre("e"));
  EXPECT_THAT(sessions.addMembers(id, {"e", "a"}, true, "a"), IsEmpty());
  EXPECT_EQ(sessions.visibleFrom(id, "a"), 1);
  EXPECT_EQ(sessions.visibleFrom(id, "c"), 4);
  EXPECT_EQ(sessions.visibleFrom(id, "e"), 1);
  EXPECT_EQ(sessions.visibleFrom(id, "z"), std::nullopt);
  EXPECT_TRUE(sessions.removeMember(id, "b", "owner"));
  EXPECT_FALSE(sessions.removeMember(id, "b", "owner"));
  EXPECT_EQ(refusalOf([&] { sessions.removeMember(id, "owner", "owner"); }).first, ErrorCode::Conflict);
  EXPECT_EQ(refusalOf([&] { sessions.addMembers(id, {"f", "g"}, true, "a", 6); }).first, ErrorCode::Conflict);
  EXPECT_THAT(sessions.addMembers(id, {"f"}, true, "a", 6), ElementsAre("f"));
  EXPECT_EQ(sessions.find(id)->memberCount, 6);
  world.settle();
  ASSERT_EQ(told.size(), 4U);
  EXPECT_THAT(told[0].joined, ElementsAre("c", "d"));
  EXPECT_EQ(told[0].session.memberCount, 5);
  EXPECT_EQ(told[0].byUserId, "a");
  EXPECT_THAT(told[2].left, ElementsAre("b"));
  EXPECT_EQ(told[2].byUserId, "owner");
  world.restart();
  EXPECT_THAT(world.chat->sessions().participantsOf(id), ElementsAre("a", "c", "d", "e", "f", "owner"));
  EXPECT_EQ(world.chat->sessions().visibleFrom(id, "d"), 4);
  EXPECT_EQ(refusalOf([&] { world.chat->messages().send(draft(id, "b", "x")); }).first, ErrorCode::Forbidden);
  std::vector<std::string> places;
  for (const auto& place : world.chat->sessions().placesOf("d"))
    places.push_back(place.sessionId + " from " + std::to_string(place.visibleFrom));
  EXPECT_THAT(places, ElementsAre(id + " from 4"));
}

TEST(Groups, ShowTheirFirstMembersAndHowManyThereAre) {
  World world({.shownParticipants = 3});
  auto userIds = numbered(600);
  const auto made = world.chat->sessions().create({.type = "group",
                                                   .name = "many",
                                                   .ownerId = "z",
                                                   .userIds = userIds,
                                                   .extra = {{"topic", "tea"}, {"_id", "no"}}});
  const auto shown = world.chat->sessions().toJson({made}, "u1").at(0);
  EXPECT_EQ(shown.at("participants").as_array().size(), 3U);
  EXPECT_EQ(shown.at("participants").at(0).at("_id"), "z");
  EXPECT_EQ(shown.at("memberCount"), 601);
  EXPECT_EQ(shown.at("ownerId"), "z");
  EXPECT_EQ(shown.at("topic"), "tea");
  EXPECT_EQ(shown.at("_id"), Json(made.id));
  EXPECT_EQ(world.chat->sessions().members(made.id).size(), 601U);
  const auto pair = world.chat->sessions().toJson({world.session("a", "b")}, "a").at(0).as_object();
  EXPECT_FALSE(pair.contains("memberCount"));
}

TEST(Groups, AreRenamedAndHandedOver) {
  World world;
  auto& sessions = world.chat->sessions();
  std::vector<std::string> told;
  world.hooks.add(false, hooks::SessionUpdated::name, "test", {}, [&](void* subject) {
    const auto& update = *static_cast<const hooks::SessionUpdated::Update*>(subject);
    told.push_back(update.byUserId + ": " + update.session.name + " of " + update.session.ownerId);
  });
  const auto id = group(world, {"a", "b"}, "o").id;
  EXPECT_EQ(sessions.update(id, {.name = "them", .extra = {{"topic", "tea"}}, .byUserId = "a"}).name, "them");
  const auto handed =
      sessions.update(id, {.extra = {{"topic", nullptr}}, .ownerId = "a", .ifOwner = "o", .byUserId = "o"});
  EXPECT_EQ(handed.ownerId, "a");
  EXPECT_FALSE(handed.extra.contains("topic"));
  EXPECT_EQ(refusalOf([&] { sessions.update(id, {.ownerId = "b", .ifOwner = "o"}); }).first, ErrorCode::Conflict);
  EXPECT_EQ(refusalOf([&] { sessions.update(id, {.ownerId = "z"}); }).first, ErrorCode::NotFound);
  EXPECT_EQ(sessions.member(id, "a")->role, "owner");
  EXPECT_EQ(sessions.member(id, "o")->role, "admin");
  world.settle();
  EXPECT_THAT(told, ElementsAre("a: them of o", "o: them of a"));
  world.restart();
  EXPECT_EQ(world.chat->sessions().member(id, "a")->role, "owner");
  EXPECT_EQ(world.chat->sessions().member(id, "o")->role, "admin");
}

TEST(Groups, RolesAndMutes) {
  World world;
  auto& sessions = world.chat->sessions();
  const auto id = group(world, {"a", "b"}).id;
  EXPECT_EQ(sessions.updateMember(id, "a", {.role = "admin"}).role, "admin");
  EXPECT_EQ(refusalOf([&] { sessions.updateMember(id, "a", {.role = "owner"}); }).first, ErrorCode::ValidationFailed);
  EXPECT_EQ(refusalOf([&] { sessions.updateMember(id, "owner", {.role = "member"}); }).first, ErrorCode::Conflict);
  EXPECT_EQ(refusalOf([&] { sessions.updateMember(id, "z", {.role = "member"}); }).first, ErrorCode::NotFound);
  const auto until = world.clock.now() + Millis{60'000};
  EXPECT_EQ(sessions.updateMember(id, "b", {.mutedUntil = until}).mutedUntil, until);
  EXPECT_THAT(refusalOf([&] { world.chat->messages().send(draft(id, "b", "x")); }),
              Pair(ErrorCode::Forbidden, HasSubstr("muted")));
  auto told = draft(id, "b", "b was muted");
  told.byServer = true;
  EXPECT_EQ(world.chat->messages().send(told).seq, 1);
  world.restart();
  EXPECT_EQ(refusalOf([&] { world.chat->messages().send(draft(id, "b", "x")); }).first, ErrorCode::Forbidden);
  world.clock.advance(Millis{60'000});
  EXPECT_EQ(world.chat->messages().send(draft(id, "b", "x")).seq, 2);
  world.chat->sessions().updateMember(id, "a", {.mutedUntil = world.clock.now() + Millis{60'000}});
  EXPECT_EQ(world.chat->sessions().updateMember(id, "a", {.mutedUntil = std::optional<Time>()}).mutedUntil,
            std::nullopt);
  EXPECT_EQ(world.chat->messages().send(draft(id, "a", "x")).seq, 3);
  world.chat->sessions().updateMember(id, "a", {.mutedUntil = world.clock.now() + Millis{60'000}});
  world.chat->sessions().update(id, {.ownerId = "a"});
  EXPECT_EQ(world.chat->messages().send(draft(id, "a", "the owner's word")).seq, 4);
}

TEST(Groups, AreReadOnlyWhileTheirPluginIsOff) {
  World world;
  auto& sessions = world.chat->sessions();
  const auto id = group(world, {"a"}).id;
  world.chat->messages().send(draft(id, "a", "x"));
  world.chat->sessionTypes().remove("group");
  const auto off = [](auto call) { EXPECT_EQ(refusalOf(call).first, ErrorCode::FeatureDisabled); };
  off([&] { world.chat->messages().send(draft(id, "a", "x")); });
  off([&] { sessions.addMembers(id, {"b"}, true, "a"); });
  off([&] { sessions.removeMember(id, "a", "a"); });
  off([&] { sessions.updateMember(id, "a", {.role = "admin"}); });
  off([&] { sessions.update(id, {.name = "x"}); });
  off([&] { sessions.remove(id, "a"); });
  EXPECT_EQ(sessions.find(id)->memberCount, 2);
  EXPECT_EQ(world.chat->messages().history({.sessionId = id}).messages.size(), 1U);
  EXPECT_EQ(world.chat->messages().send(draft(world.session("a", "b").id, "a", "x")).seq, 1);
}

TEST(Groups, AreDissolvedWithAllTheyHold) {
  World world;
  auto& sessions = world.chat->sessions();
  std::vector<hooks::SessionRemoved::Removal> told;
  world.hooks.add(false, hooks::SessionRemoved::name, "test", {},
                  [&](void* subject) { told.push_back(*static_cast<const hooks::SessionRemoved::Removal*>(subject)); });
  const auto id = group(world, numbered(300)).id;
  const auto kept = group(world, {"u1"}).id;
  for (int i = 0; i < 300; ++i) world.chat->messages().send(draft(id, "u1", "x"), [](const auto&) {});
  world.settle();
  for (const std::string userId : {"u1", "somebody who has left"})
    world.store->insert("readstates",
                        {{"_id", id + ":" + userId}, {"sessionId", id}, {"userId", userId}, {"readUpTo", 2}});
  sessions.remove(id, "owner");
  EXPECT_FALSE(sessions.find(id));
  EXPECT_EQ(sessions.listFor("u1", 1, 10).total, 1);
  EXPECT_EQ(sessions.placesOf("u1").size(), 1U);
  EXPECT_EQ(refusalOf([&] { world.chat->messages().send(draft(id, "u1", "x")); }).first, ErrorCode::NotFound);
  EXPECT_EQ(refusalOf([&] { sessions.remove(id, "owner"); }).first, ErrorCode::NotFound);
  world.settle();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].session.id, id);
  EXPECT_EQ(told[0].userIds.size(), 301U);
  EXPECT_EQ(told[0].byUserId, "owner");
  for (const auto* collection : {"messages", "chatmembers", "readstates"})
    EXPECT_EQ(world.store->count(collection, where("sessionId") == Json(id)), 0) << collection;
  EXPECT_EQ(world.store->count("chatsessions", Filter()), 1);
  EXPECT_EQ(world.chat->sessions().participantsOf(kept).size(), 2U);
}

TEST(Groups, ARemovalThatWasInterruptedIsTakenUp) {
  World world;
  const auto id = group(world, {"a"}).id;
  world.chat->messages().send(draft(id, "a", "x"));
  // As a process leaves it that ends right after the decision.
  world.store->update("chatsessions", where("_id") == Json(id),
                      Update().set("removedAt", Json("2024-01-01T00:00:00.000Z")).set("removedBy", "owner"));
  world.restart();
  std::atomic<int> told{0};
  world.hooks.add(false, hooks::SessionRemoved::name, "test", {}, [&](void*) { ++told; });
  EXPECT_FALSE(world.chat->sessions().find(id));
  world.chat->resume(world.subjects);
  world.settle();
  EXPECT_EQ(told, 1);
  EXPECT_EQ(world.store->count("chatsessions", Filter()), 0);
  EXPECT_EQ(world.store->count("messages", Filter()), 0);
  EXPECT_EQ(world.store->count("chatmembers", Filter()), 0);
}

TEST(Groups, ACountThatDoesNotFitIsPutRight) {
  World world;
  const auto id = group(world, {"a", "b"}).id;
  world.store->update("chatsessions", where("_id") == Json(id), Update().set("memberCount", 7));
  world.restart();
  world.chat->sessions().participantsOf(id);
  EXPECT_EQ(world.chat->sessions().find(id)->memberCount, 3);
}

TEST(Groups, WhatTheCacheForgetsIsReadAgain) {
  World world({.cachedMembers = 12});
  std::vector<std::string> ids;
  for (int i = 0; i < 6; ++i) ids.push_back(group(world, numbered(4)).id);
  for (const auto& id : ids) EXPECT_EQ(world.chat->sessions().participantsOf(id).size(), 5U);
  const auto huge = group(world, numbered(40)).id;
  EXPECT_EQ(world.chat->messages().send(draft(huge, "u39", "x")).seq, 1);
  for (const auto& id : ids) EXPECT_EQ(world.chat->messages().send(draft(id, "u3", "x")).seq, 1);
}

TEST(Groups, AMessageReadsNoMemberRecord) {
  World world;
  const auto id = group(world, numbered(20)).id;
  world.chat->messages().send(draft(id, "u1", "x"));
  world.settle();
  // Were the records read again, nobody would be there any more.
  world.store->remove("chatmembers", where("sessionId") == Json(id));
  world.chat->messages().send(draft(id, "u2", "y"));
  world.settle();
  EXPECT_EQ(world.sockets.sent("message:receive").size(), 42U);
}

/// Whoever waits for the messages of a session would else miss those that were admitted before.
TEST(SessionMembers, AChangeThatFailsKeepsTheLease) {
  World world;
  const auto session = world.session("a", "b");
  Core core(*world.store, world.sockets, world.hooks, *world.pool, world.clock, {});
  SessionMembers members(core);
  const auto before = members.of(session.id);
  const auto failing = [](const SharedMembers&) {
    return SessionMembers::Step{
        {Write::updateOne(collections::sessions, where("_id") == "another", Update().set("sessionName", "x"))},
        std::make_shared<const Members>()};
  };
  EXPECT_EQ(refusalOf([&] { members.change(session.id, failing, [] {}); }).first, ErrorCode::Conflict);
  const auto after = members.of(session.id);
  EXPECT_EQ(after->userIds, before->userIds);
  EXPECT_EQ(after->lease, before->lease);
}

}  // namespace parley::chat::test
