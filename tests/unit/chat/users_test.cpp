// SPDX-License-Identifier: Apache-2.0
#include "world.h"

#include <gmock/gmock.h>

#include <future>

namespace parley::chat::test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

namespace {

User user(const std::string& id, const std::string& username, const std::string& role = {}) {
  User made;
  made.id = id;
  made.username = username;
  made.role = role;
  return made;
}

std::vector<std::string> idsOf(const std::vector<User>& users) {
  std::vector<std::string> ids;
  for (const auto& one : users) ids.push_back(one.id);
  return ids;
}

}  // namespace

TEST(Users, SaveChangesOnlyWhatIsGiven) {
  World world;
  world.store->insert(
      "users",
      {{"_id", "a"}, {"username", "old"}, {"password", "hash"}, {"role", "doctor"}, {"email", "a@x"}, {"own", 7}});
  const auto saved = world.chat->users().save(user("a", "new"));
  EXPECT_EQ(saved.username, "new");
  EXPECT_EQ(saved.role, "doctor");
  EXPECT_EQ(saved.email, "a@x");
  EXPECT_FALSE(saved.toJson().contains("password"));
  const auto stored = world.store->findOne("users", where("_id") == "a").value();
  EXPECT_EQ(stored.at("password"), "hash");
  EXPECT_EQ(stored.at("own"), 7);
}

TEST(Users, ANewOneGetsTheDefaults) {
  World world;
  const auto saved = world.chat->users().save(user("a", "anna"));
  EXPECT_EQ(saved.role, "user");
  EXPECT_EQ(saved.status, "offline");
  const auto stored = world.store->findOne("users", where("_id") == "a").value();
  EXPECT_EQ(stored.at("isActive"), true);
  EXPECT_EQ(stored.at("createdAt"), Json(toIso8601(world.clock.now())));
}

TEST(Users, IsMadeWithAnIdOfTheServer) {
  World world;
  world.store->define(
      {.name = "users", .idFields = {}, .dateFields = {}, .indexes = {{"by_name", {{"accountName"}}, true, true}}});
  const auto made = world.chat->users().create(user("", "anna"), {{"accountName", "anna"}, {"password", "hash"}});
  EXPECT_EQ(made.id.size(), 24U);
  EXPECT_EQ(made.username, "anna");
  EXPECT_EQ(made.role, "user");
  const auto stored = world.store->findOne("users", where("_id") == made.id).value();
  EXPECT_EQ(stored.at("password"), "hash");
  EXPECT_EQ(stored.at("isActive"), true);
  EXPECT_EQ(stored.at("updatedAt"), Json(toIso8601(world.clock.now())));
  EXPECT_FALSE(stored.contains("email"));
  EXPECT_EQ(refusalOf([&] {
              world.chat->users().create(user("", "Anna"), {{"accountName", "anna"}});
            }).first,
            ErrorCode::Conflict);
  EXPECT_EQ(world.store->count("users", Filter()), 1);
  EXPECT_THAT(refusalOf([&] { world.chat->users().create(user("", "x", "ad\nmin")); }).second, HasSubstr("role"));
}

TEST(Users, RefusesAnInvalidIdOrRole) {
  World world;
  EXPECT_THAT(refusalOf([&] { world.chat->users().save(user("a b", "x")); }).second, HasSubstr("id"));
  EXPECT_THAT(refusalOf([&] { world.chat->users().save(user("a", "x", "ad\nmin")); }).second, HasSubstr("role"));
  EXPECT_FALSE(world.chat->users().find("a"));
}

TEST(Users, NamesCannotLookLikeAnothers) {
  World world;
  auto& users = world.chat->users();
  for (const auto* name : {"ro\u202Eot", "x\ny", "\u0085", "a\u2029", "\u2066b"}) {
    EXPECT_THAT(refusalOf([&] { users.save(user("a", name)); }),
                Pair(ErrorCode::ValidationFailed, HasSubstr("username")));
    EXPECT_THAT(refusalOf([&] { users.create(user("", name), {}); }).second, HasSubstr("username"));
    EXPECT_THAT(refusalOf([&] { users.join(user("a", name), "s1"); }).second, HasSubstr("username"));
    auto named = user("a", "anna");
    named.realName = name;
    EXPECT_THAT(refusalOf([&] { users.save(named); }).second, HasSubstr("realName"));
  }
  EXPECT_FALSE(users.find("a"));
  EXPECT_EQ(users.save(user("a", "Ann O'Neil 张三 عمر")).username, "Ann O'Neil 张三 عمر");
}

TEST(Users, AvatarsLeadToNoScript) {
  World world;
  const auto with = [&](const std::string& avatar) {
    auto shown = user("a", "anna");
    shown.avatar = avatar;
    return world.chat->users().save(shown).avatar;
  };
  for (const auto* avatar : {"javascript:alert(1)", " JavaScript:alert(1)", "java\nscript:alert(1)", "\x01javascript:x",
                             "data:text/html,x", "vbscript:x", "file:///etc/passwd", "blob:http://x/1", "x-own+1.0:y"})
    EXPECT_THAT(refusalOf([&] { with(avatar); }), Pair(ErrorCode::ValidationFailed, HasSubstr("avatar"))) << avatar;
  for (const auto* avatar :
       {"头像URL", "头像:1", "http://x/a.png", "HTTPS://x/a.png?b:c", "/files/a.png", "a/b:c.png", "1:2"})
    EXPECT_EQ(with(avatar), avatar);
}

TEST(Users, ListsByNameKeywordAndPage) {
  World world;
  for (const auto* name : {"dora", "anna", "Berta", "carl"})
    world.chat->users().save(user(std::string("id-") + name, name));
  auto zhang = user("z", "zz");
  zhang.realName = "张三";
  world.chat->users().save(zhang);

  const auto all = world.chat->users().list("", 1, 0);
  EXPECT_EQ(all.total, 5);
  EXPECT_THAT(idsOf(all.users), ElementsAre("id-Berta", "id-anna", "id-carl", "id-dora", "z"));
  const auto second = world.chat->users().list("", 2, 2);
  EXPECT_EQ(second.total, 5);
  EXPECT_THAT(idsOf(second.users), ElementsAre("id-carl", "id-dora"));
  EXPECT_THAT(idsOf(world.chat->users().list("BER", 1, 10).users), ElementsAre("id-Berta"));
  EXPECT_THAT(idsOf(world.chat->users().list("三", 1, 10).users), ElementsAre("z"));
  const auto page = world.chat->users().list("r", 2, 2);  // Berta, carl, dora
  EXPECT_EQ(page.total, 3);
  EXPECT_THAT(idsOf(page.users), ElementsAre("id-dora"));
  EXPECT_TRUE(world.chat->users().list("", 1'000'000'000, 100).users.empty());
}

TEST(Users, UnknownOnesHaveOnlyTheirId) {
  World world;
  world.chat->users().save(user("a", "anna"));
  const auto found = world.chat->users().findMany({"x", "a"});
  EXPECT_THAT(idsOf(found), ElementsAre("x", "a"));
  EXPECT_EQ(found[0].username, "");
  EXPECT_EQ(found[1].username, "anna");
}

TEST(Users, JoinRunsItsHooksAroundTheBinding) {
  World world;
  std::vector<std::string> seen;
  const auto watch = [&](bool before) {
    world.hooks.add(before, hooks::UserJoin::name, "test", {}, [&, before](void* subject) {
      auto& join = *static_cast<hooks::UserJoin::Join*>(subject);
      if (before) join.user.realName = "by the hook";
      seen.push_back((before ? "before " : "after ") + join.socketId +
                     (world.sockets.isOnline(join.user.id) ? " bound" : ""));
    });
  };
  watch(true);
  watch(false);
  const auto joined = world.chat->users().join(user("a", "anna"), "s1");
  EXPECT_EQ(joined.realName, "by the hook");
  EXPECT_EQ(joined.status, "online");
  EXPECT_THAT(seen, ElementsAre("before s1", "after s1 bound"));

  world.hooks.add(true, hooks::UserJoin::name, "test", {},
                  [](void*) { throw Error(ErrorCode::Forbidden, "not today"); });
  EXPECT_EQ(refusalOf([&] { world.chat->users().join(user("b", "bob"), "s2"); }).first, ErrorCode::Forbidden);
  EXPECT_FALSE(world.chat->users().find("b"));
}

TEST(Users, JoinWithoutKeepingTheWorker) {
  World world;
  const auto join = [&](const User& wanted, const std::string& socketId) {
    const auto answer = std::make_shared<std::promise<Result<User>>>();
    auto future = answer->get_future();
    world.chat->users().join(wanted, socketId, [answer](Result<User> result) { answer->set_value(std::move(result)); });
    return future.get().value();
  };
  const auto joined = join(user("a", "anna"), "s1");
  EXPECT_EQ(joined.toJson(), world.chat->users().find("a")->toJson());
  EXPECT_EQ(join(user("a", "anna two"), "s2").username, "anna two") << "somebody known who has changed";
  EXPECT_EQ(join(user("a", "anna two"), "s3").status, "online") << "somebody known as they are";
  EXPECT_EQ(refusalOf([&] { join(user("b", "bob"), "s3"); }).first, ErrorCode::Conflict) << "a socket of another's";
  EXPECT_EQ(refusalOf([&] { join(user("a b", "x"), "s4"); }).first, ErrorCode::ValidationFailed);
  world.hooks.add(true, hooks::UserJoin::name, "test", {},
                  [](void*) { throw Error(ErrorCode::Forbidden, "not today"); });
  EXPECT_EQ(refusalOf([&] { join(user("c", "carl"), "s5"); }).first, ErrorCode::Forbidden);
}

TEST(Users, SomebodyNewMayComeTwiceAtOnce) {
  World world;
  constexpr int count = 20;
  std::vector<std::future<Result<User>>> answers;
  for (int i = 0; i < count; ++i) {
    for (const auto* device : {"phone", "laptop"}) {
      const auto answer = std::make_shared<std::promise<Result<User>>>();
      answers.push_back(answer->get_future());
      const auto id = "u" + std::to_string(i);
      world.chat->users().join(user(id, device), id + device,
                               [answer](Result<User> result) { answer->set_value(std::move(result)); });
    }
  }
  for (auto& answer : answers) EXPECT_EQ(answer.get().value().status, "online");
  EXPECT_EQ(world.store->count("users", Filter()), count);
}

TEST(Users, JoiningAgainAsBeforeWritesNothing) {
  World world;
  const auto known = world.chat->users().save(user("a", "anna"));
  const auto updatedAt = [&] { return world.store->findOne("users", where("_id") == Json("a"))->at("updatedAt"); };
  const auto before = updatedAt();
  world.clock.advance(Millis{5000});
  EXPECT_EQ(world.chat->users().save(user("a", "anna")).toJson(), known.toJson());
  EXPECT_EQ(updatedAt(), before);
  EXPECT_EQ(world.chat->users().save(user("a", "anna two")).username, "anna two");
  EXPECT_EQ(updatedAt(), Json(toIso8601(world.clock.now())));
}

TEST(Presence, CountsDevices) {
  World world;
  std::vector<std::string> changes;
  world.hooks.add(false, hooks::PresenceChanged::name, "test", {}, [&](void* subject) {
    const auto& change = *static_cast<const hooks::PresenceChanged::Change*>(subject);
    changes.push_back(change.userId + " " + change.status + " " + change.socketId);
  });
  auto& presence = world.chat->presence();
  world.chat->users().join(user("a", "anna"), "s1");
  world.chat->users().join(user("a", "anna"), "s2");
  EXPECT_THAT(presence.onlineUsers(), ElementsAre("a"));
  world.sockets.disconnect("s1", false);
  EXPECT_EQ(presence.statusOf("a"), "online");
  world.clock.advance(Millis{5000});
  world.sockets.disconnect("s2", false);
  EXPECT_EQ(presence.statusOf("a"), "offline");
  EXPECT_TRUE(presence.onlineUsers().empty());
  EXPECT_THAT(changes, ElementsAre("a online s1", "a offline s2"));
  world.settle();
  EXPECT_EQ(world.chat->users().find("a")->lastSeen, world.clock.now());
}

TEST(Presence, ReportsOfDifferentSocketsMayComeInAnyOrder) {
  World world;
  auto& observer = *world.chat;
  observer.onUserBound("a", "s2", false);
  observer.onUserBound("a", "s1", true);
  observer.onUserGone("a", "s1", true);
  EXPECT_EQ(world.chat->presence().statusOf("a"), "online");
  observer.onUserGone("a", "s2", false);
  EXPECT_EQ(world.chat->presence().statusOf("a"), "offline");
}

TEST(Presence, AUserMayBeAwayOrInvisible) {
  World world;
  std::vector<std::string> changes;
  world.hooks.add(false, hooks::PresenceChanged::name, "test", {}, [&](void* subject) {
    changes.push_back(static_cast<const hooks::PresenceChanged::Change*>(subject)->status);
  });
  auto& presence = world.chat->presence();
  world.chat->users().join(user("a", "anna"), "s1");
  presence.setStatus("a", "away", "s1");
  EXPECT_THAT(presence.onlineUsers(), ElementsAre("a"));
  EXPECT_EQ(presence.onlineCount(), 1U);
  presence.setStatus("a", "away", "s1");
  presence.setStatus("a", "offline", "s1");
  EXPECT_TRUE(presence.onlineUsers().empty());
  EXPECT_EQ(presence.onlineCount(), 0U);
  EXPECT_THAT(changes, ElementsAre("online", "away", "offline"));
  EXPECT_EQ(refusalOf([&] { presence.setStatus("a", "dancing"); }).first, ErrorCode::ValidationFailed);
  presence.setStatus("nobody", "online");
  EXPECT_EQ(presence.statusOf("nobody"), "offline");
}

TEST(Presence, AUserIsAwayWhenAllDevicesAre) {
  World world;
  auto& presence = world.chat->presence();
  world.chat->users().join(user("a", "anna"), "phone");
  world.chat->users().join(user("a", "anna"), "desk");
  presence.setStatus("a", "away", "phone");
  EXPECT_EQ(presence.statusOf("a"), "online");
  presence.setStatus("a", "away", "desk");
  EXPECT_EQ(presence.statusOf("a"), "away");
  world.chat->users().join(user("a", "anna"), "tablet");
  EXPECT_EQ(presence.statusOf("a"), "online");
  world.sockets.disconnect("tablet", false);
  EXPECT_EQ(presence.statusOf("a"), "away");
  presence.setStatus("a", "online", "");
  world.sockets.disconnect("desk", false);
  EXPECT_EQ(presence.statusOf("a"), "online");
  EXPECT_EQ(presence.onlineCount(), 1U);
}

TEST(Presence, WhoHidesIsHiddenOverAllDevicesUntilOneSaysOtherwise) {
  World world;
  auto& presence = world.chat->presence();
  world.chat->users().join(user("a", "anna"), "phone");
  world.chat->users().join(user("a", "anna"), "desk");
  presence.setStatus("a", "offline", "phone");
  EXPECT_EQ(presence.statusOf("a"), "offline");
  EXPECT_EQ(presence.onlineCount(), 0U);
  EXPECT_EQ(world.chat->users().join(user("a", "anna"), "tablet").status, "offline");
  presence.setStatus("a", "away", "desk");
  EXPECT_EQ(presence.statusOf("a"), "online");
  presence.setStatus("a", "offline", "desk");
  for (const auto* device : {"phone", "desk", "tablet"}) world.sockets.disconnect(device, false);
  EXPECT_EQ(world.chat->users().join(user("a", "anna"), "phone").status, "online");
}

/// A client need not wait for the answer to its join: what it says next may be handled before the join is reported.
TEST(Presence, AStatusMayOvertakeTheReportOfItsSocket) {
  World world;
  world.sockets.observe(nullptr);
  world.sockets.bindUser("s1", "a", "");
  auto& presence = world.chat->presence();
  presence.setStatus("a", "away", "s1");
  world.chat->onUserBound("a", "s1", true);
  EXPECT_EQ(presence.statusOf("a"), "away");
  presence.setStatus("a", "away", "another socket");
  world.chat->onUserGone("a", "s1", true);
  EXPECT_EQ(presence.statusOf("a"), "offline");
}

TEST(Presence, LastSeenIsStoredForEachOfMany) {
  World world;
  std::vector<std::string> ids;
  for (int i = 0; i < 1000; ++i) {
    ids.push_back("u" + std::to_string(i));
    world.chat->users().save(user(ids.back(), "somebody"));
  }
  world.clock.advance(Millis{5000});
  for (const auto& id : ids) world.chat->onUserBound(id, "s-" + id, true);
  world.settle();
  for (const auto& one : world.chat->users().findMany(ids)) EXPECT_EQ(one.lastSeen, world.clock.now()) << one.id;
}

TEST(Presence, NobodyIsOnlineAfterARestart) {
  World world;
  world.chat->users().join(user("a", "anna"), "s1");
  world.restart();
  EXPECT_TRUE(world.chat->presence().onlineUsers().empty());
  EXPECT_EQ(world.chat->users().find("a")->status, "offline");
}

}  // namespace parley::chat::test
