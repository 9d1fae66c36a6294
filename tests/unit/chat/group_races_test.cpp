// SPDX-License-Identifier: Apache-2.0
#include "world.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <thread>

namespace parley::chat::test {

namespace {

constexpr int threadCount = 50;

/// All at once; what they throw is counted by its code.
template <typename Work>
std::map<ErrorCode, int> atOnce(int count, Work work) {
  std::mutex mutex;
  std::map<ErrorCode, int> refused;
  std::atomic<bool> go{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i)
    threads.emplace_back([&, i] {
      go.wait(false);
      try {
        work(i);
      } catch (const Error& error) {
        const std::lock_guard lock(mutex);
        ++refused[error.code()];
      }
    });
  go = true;
  go.notify_all();
  for (auto& thread : threads) thread.join();
  return refused;
}

std::string user(int i) {
  return "u" + std::to_string(i);
}

std::string makeGroup(World& world, int members) {
  Sessions::NewSession group{.type = "group", .name = "us", .ownerId = "owner"};
  for (int i = 0; i < members; ++i) group.userIds.push_back(user(i));
  return world.chat->sessions().create(group).id;
}

std::vector<std::string> storedMembers(World& world, const std::string& id) {
  std::vector<std::string> userIds;
  for (const auto& member : world.store->find("chatmembers", where("sessionId") == Json(id), {.sort = {{"userId"}}}))
    userIds.emplace_back(member.at("userId").as_string());
  return userIds;
}

}  // namespace

TEST(GroupRaces, JoinsAgainstSends) {
  World world;
  const auto id = makeGroup(world, 2);
  for (int i = 0; i < threadCount; ++i) world.sockets.bindUser("s" + user(100 + i), user(100 + i), "user");
  const auto refused = atOnce(threadCount, [&](int i) {
    if (i % 2 == 0) {
      for (int n = 0; n < 5; ++n) world.chat->messages().send(draft(id, user(n % 2), "x"));
    } else {
      world.chat->sessions().addMembers(id, {user(100 + i)}, false, "owner");
      world.chat->messages().send(draft(id, user(100 + i), "I am in"));
    }
  });
  world.settle();
  EXPECT_TRUE(refused.empty());
  EXPECT_EQ(world.chat->sessions().find(id)->memberCount, 3 + threadCount / 2);
  EXPECT_EQ(world.chat->sessions().participantsOf(id), storedMembers(world, id));
  // Whoever is in hears everything from the first message that they hear, and may see all of it.
  const auto newest = world.chat->messages().history({.sessionId = id}).pagination.total;
  for (int i = 1; i < threadCount; i += 2) {
    std::set<std::int64_t> heard;
    for (const auto& sent : world.sockets.sent("message:receive", "user:" + user(100 + i)))
      heard.insert(sent.data.at("message").at("seq").to_number<std::int64_t>());
    ASSERT_FALSE(heard.empty());
    EXPECT_EQ(*heard.rbegin(), newest);
    EXPECT_EQ(static_cast<std::int64_t>(heard.size()), newest - *heard.begin() + 1);
    EXPECT_LE(world.chat->sessions().visibleFrom(id, user(100 + i)).value(), *heard.begin());
  }
}

TEST(GroupRaces, DissolveAgainstSend) {
  World world;
  const auto id = makeGroup(world, threadCount);
  std::atomic<int> told{0};
  std::atomic<bool> late{false};
  world.hooks.add(false, hooks::SessionRemoved::name, "test", {}, [&](void*) { ++told; });
  world.hooks.add(false, hooks::MessageStored::name, "test", {}, [&](void*) { late = late || told > 0; });
  const auto refused = atOnce(threadCount, [&](int i) {
    for (int n = 0; n < 5; ++n) {
      if (i == 7 && n == 2) world.chat->sessions().remove(id, "owner");
      world.chat->messages().send(draft(id, user(i), "x"));
    }
  });
  world.settle();
  for (const auto& [code, count] : refused) EXPECT_EQ(code, ErrorCode::NotFound) << count;
  EXPECT_EQ(told, 1);
  EXPECT_FALSE(late) << "a message was observed after the end of its session";
  for (const auto* collection : {"messages", "chatmembers", "chatsessions"})
    EXPECT_EQ(world.store->count(collection, Filter()), 0) << collection;
}

TEST(GroupRaces, ItIsDissolvedOnce) {
  World world;
  const auto id = makeGroup(world, 3);
  const auto refused = atOnce(threadCount, [&](int) { world.chat->sessions().remove(id, "owner"); });
  EXPECT_EQ(refused, (std::map<ErrorCode, int>{{ErrorCode::NotFound, threadCount - 1}}));
  world.settle();
}

TEST(GroupRaces, OfManyTransfersOneCounts) {
  World world;
  const auto id = makeGroup(world, threadCount);
  std::mutex mutex;
  std::vector<std::string> owners;
  const auto refused = atOnce(threadCount, [&](int i) {
    world.chat->sessions().update(id, {.ownerId = user(i), .ifOwner = "owner", .byUserId = "owner"});
    const std::lock_guard lock(mutex);
    owners.push_back(user(i));
  });
  EXPECT_EQ(refused, (std::map<ErrorCode, int>{{ErrorCode::Conflict, threadCount - 1}}));
  ASSERT_EQ(owners.size(), 1U);
  world.restart();
  EXPECT_EQ(world.chat->sessions().find(id)->ownerId, owners[0]);
  int ownersNow = 0;
  for (const auto& member : world.chat->sessions().members(id)) ownersNow += member.role == "owner" ? 1 : 0;
  EXPECT_EQ(ownersNow, 1);
}

TEST(GroupRaces, ALeavingMemberIsNeverTheOwner) {
  for (int round = 0; round < 10; ++round) {
    World world;
    const auto id = makeGroup(world, 1);
    atOnce(2, [&](int i) {
      if (i == 0)
        world.chat->sessions().removeMember(id, "u0", "u0");
      else
        world.chat->sessions().update(id, {.ownerId = "u0", .ifOwner = "owner", .byUserId = "owner"});
    });
    const auto owner = world.chat->sessions().find(id)->ownerId;
    EXPECT_TRUE(world.chat->sessions().isParticipant(id, owner)) << owner;
  }
}

TEST(GroupRaces, TheLimitHolds) {
  World world;
  const auto id = makeGroup(world, 1);
  const auto refused = atOnce(threadCount, [&](int i) {
    world.chat->sessions().addMembers(id, {user(100 + i), user(200 + i)}, true, "owner", 20);
  });
  EXPECT_EQ(refused, (std::map<ErrorCode, int>{{ErrorCode::Conflict, threadCount - 9}}));
  EXPECT_EQ(world.chat->sessions().find(id)->memberCount, 20);
  EXPECT_EQ(storedMembers(world, id).size(), 20U);
}

TEST(GroupRaces, WhatIsRememberedIsWhatIsStored) {
  World world({.cachedSessions = 2});
  std::vector<std::string> ids;
  for (int i = 0; i < 4; ++i) ids.push_back(makeGroup(world, 4));
  auto& sessions = world.chat->sessions();
  atOnce(16, [&](int i) {
    for (int n = 0; n < 20; ++n) {
      const auto& id = ids[static_cast<std::size_t>(n + i) % ids.size()];
      sessions.participantsOf(id);
      sessions.addMembers(id, {user(100 + i)}, true, "owner");
      EXPECT_TRUE(sessions.isParticipant(id, user(100 + i)));
      if (n % 3 == 0) sessions.removeMember(id, user(100 + i), "owner");
    }
  });
  for (const auto& id : ids) {
    EXPECT_EQ(sessions.participantsOf(id), storedMembers(world, id));
    EXPECT_EQ(sessions.find(id)->memberCount, static_cast<std::int64_t>(storedMembers(world, id).size()));
  }
  world.settle();
}

TEST(GroupRaces, ChangesAreToldInTheirOrder) {
  World world;
  const auto id = makeGroup(world, 1);
  std::mutex mutex;
  std::set<std::string> present;
  bool inOrder = true;
  world.hooks.add(false, hooks::MembersChanged::name, "test", {}, [&](void* subject) {
    const auto& change = *static_cast<const hooks::MembersChanged::Change*>(subject);
    const std::lock_guard lock(mutex);
    for (const auto& userId : change.joined) inOrder = present.insert(userId).second && inOrder;
    for (const auto& userId : change.left) inOrder = present.erase(userId) == 1 && inOrder;
  });
  atOnce(8, [&](int i) {
    for (int n = 0; n < 10; ++n) {
      world.chat->sessions().addMembers(id, {user(100 + i % 2)}, true, "owner");
      world.chat->sessions().removeMember(id, user(100 + i % 2), "owner");
    }
  });
  world.settle();
  EXPECT_TRUE(inOrder);
  EXPECT_TRUE(present.empty());
}

}  // namespace parley::chat::test
