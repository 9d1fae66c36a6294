// SPDX-License-Identifier: Apache-2.0
#include "plugins_fixture.h"

#include <gmock/gmock.h>

namespace parley::chat::test {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

namespace {

class PresencePlugin : public Plugins {
 protected:
  PresencePlugin() : Plugins({"users", "presence"}) {
    for (const auto* type : {"private", "group"}) world.chat->sessionTypes().allow(type);
  }

  /// Lets time pass and the plugin tell what is due.
  void pass(Millis time = Millis{1000}) {
    world.clock.advance(time);
    registrations.runTimers();
  }
  /// "TARGET STATUS" of what was told of a user.
  std::vector<std::string> toldOf(const std::string& userId) {
    std::vector<std::string> list;
    for (const auto& one : world.sockets.sent("user:status"))
      if (one.data.at("userId") == Json(userId))
        list.push_back(one.target + " " + std::string(one.data.at("status").get_string()));
    return list;
  }
};

}  // namespace

TEST_F(PresencePlugin, TheOthersHearWhoComesAndGoes) {
  join("a", "s1");
  EXPECT_THAT(world.sockets.sent("user:status"), IsEmpty());
  const auto came = toIso8601(world.clock.now());
  pass(Millis{200});
  const auto heard = world.sockets.sent("user:status", "room:presence");
  ASSERT_THAT(heard, SizeIs(1));
  EXPECT_EQ(heard[0].exceptSocket, "s1");
  EXPECT_EQ(heard[0].data,
            Json(JsonObject{{"userId", "a"}, {"username", "name of a"}, {"status", "online"}, {"lastSeen", came}}));
  EXPECT_EQ(ask("user:status:update", "a", "s1", "away").at("success"), true);
  pass();
  EXPECT_EQ(world.sockets.sent("user:status").back().exceptSocket, "s1");
  for (const Json& wrong : {Json("dancing"), Json(7), Json(JsonObject{{"status", "away"}}), Json(nullptr)})
    EXPECT_EQ(refusalOf([&] { ask("user:status:update", "a", "s1", wrong); }).first, ErrorCode::ValidationFailed);
  world.sockets.disconnect("s1", false);
  pass();
  EXPECT_THAT(toldOf("a"), ElementsAre("room:presence online", "room:presence away", "room:presence offline"));
}

TEST_F(PresencePlugin, NobodyHearsOfAUserWhoIsBackAtOnce) {
  join("a", "s1");
  pass();
  world.sockets.disconnect("s1", false);
  pass(Millis{900});
  join("a", "s2");
  pass(Millis{3'600'000});
  EXPECT_THAT(toldOf("a"), ElementsAre("room:presence online"));
}

TEST_F(PresencePlugin, WhoWasThereBeforeThePluginIsKnownToBe) {
  loaded.erase("presence");
  join("a", "s1");
  load("presence");
  pass();
  EXPECT_THAT(toldOf("a"), IsEmpty());
  world.sockets.disconnect("s1", false);
  pass();
  EXPECT_THAT(toldOf("a"), ElementsAre("room:presence offline"));
}

TEST_F(PresencePlugin, AboveTheLimitOnlyContactsHear) {
  load("presence", {{"everyoneLimit", 1}});
  world.session("a", "b");
  world.session("a", "who-is-not-there");
  join("b", "s-b");
  pass();
  join("a", "s-a");
  join("hermit", "s-h");
  pass();
  EXPECT_THAT(toldOf("b"), ElementsAre("room:presence online"));
  EXPECT_THAT(toldOf("a"), ElementsAre("user:b online"));
  EXPECT_THAT(toldOf("hermit"), IsEmpty());
}

TEST_F(PresencePlugin, TheOtherDevicesOfAUserHearToo) {
  load("presence", {{"audience", "contacts"}});
  join("a", "s-phone");
  join("a", "s-laptop");
  pass();
  EXPECT_THAT(toldOf("a"), ElementsAre("user:a online"));
  for (const auto* socketId : {"s-laptop", "s-phone"}) world.chat->presence().setStatus("a", "away", socketId);
  pass();
  EXPECT_THAT(toldOf("a"), ElementsAre("user:a online", "user:a away"));
}

TEST_F(PresencePlugin, OnlySoManySessionsAreLookedAtForContacts) {
  load("presence", {{"audience", "contacts"}, {"contactSessions", 2}});
  for (const auto* other : {"b", "c", "d"}) {
    join(other, std::string("s-") + other);
    world.session("a", other);
    world.clock.advance(Millis{5});
  }
  join("a", "s-a");
  pass();
  EXPECT_THAT(toldOf("a"), UnorderedElementsAre("user:c online", "user:d online"));
}

TEST_F(PresencePlugin, MembersOfALargeGroupAreNoContactsByIt) {
  load("presence", {{"audience", "contacts"}, {"contactGroupLimit", 3}});
  for (const auto* other : {"b", "c", "d"}) join(other, std::string("s-") + other);
  world.chat->sessions().create({.type = "group", .name = "small", .ownerId = "a", .userIds = {"b", "absent"}});
  world.chat->sessions().create({.type = "group", .name = "large", .ownerId = "a", .userIds = {"b", "c", "d"}});
  join("a", "s-a");
  pass();
  EXPECT_THAT(toldOf("a"), ElementsAre("user:b online"));
}

TEST_F(PresencePlugin, OnlySoManyContactsHear) {
  load("presence", {{"audience", "contacts"}, {"contactLimit", 1}});
  for (const auto* other : {"b", "c", "d"}) {
    join(other, std::string("s-") + other);
    world.session("a", other);
    world.clock.advance(Millis{5});
  }
  join("a", "s-a");
  pass();
  EXPECT_THAT(toldOf("a"), ElementsAre("user:d online"));
}

TEST_F(PresencePlugin, TheOtherDevicesOfAUserTakeNoPlaceOfAContact) {
  load("presence", {{"audience", "contacts"}, {"contactLimit", 2}});
  for (const auto* other : {"b", "c", "d"}) {
    join(other, std::string("s-") + other);
    world.session("a", other);
    world.clock.advance(Millis{5});
  }
  join("a", "s-phone");
  join("a", "s-laptop");
  pass();
  EXPECT_THAT(toldOf("a"), UnorderedElementsAre("user:a online", "user:c online", "user:d online"));
}

TEST_F(PresencePlugin, WhatIsTooMuchForOneTurnIsToldLater) {
  load("presence", {{"audience", "everyone"}, {"eventsPerSecond", 100}});
  for (int i = 0; i < 99; ++i) join("u" + std::to_string(i), "s" + std::to_string(i));
  pass();
  EXPECT_THAT(world.sockets.sent("user:status"), SizeIs(1));  // to 99 clients each
  pass();
  EXPECT_THAT(world.sockets.sent("user:status"), SizeIs(2));
  EXPECT_EQ(ask("user:status:update", "u50", "s50", "away").at("success"), true);
  for (int i = 0; i < 200; ++i) pass();
  EXPECT_THAT(world.sockets.sent("user:status"), SizeIs(99));
  EXPECT_THAT(toldOf("u50"), ElementsAre("room:presence away"));
}

TEST_F(PresencePlugin, UsersOnlineIsABareArray) {
  join("b", "s-b");
  join("a", "s-a");
  world.settle();
  const auto users = ask("users:online", "a", "s-a", nullptr);
  ASSERT_THAT(users.as_array(), SizeIs(2));
  EXPECT_EQ(users.at(0).at("_id"), "a");
  EXPECT_EQ(users.at(1).at("username"), "name of b");
  const auto heard = world.sockets.sent("users:online");
  ASSERT_THAT(heard, SizeIs(1));
  EXPECT_EQ(heard[0].target, "socket:s-a");
  EXPECT_EQ(heard[0].data, users);
  EXPECT_EQ(bodyOf(http("GET /api/chat/users/online", {})).at("data"), users);
  EXPECT_EQ(registrations.access.at("users:online").level(), Access::Level::Joined);
}

}  // namespace parley::chat::test
