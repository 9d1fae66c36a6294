// SPDX-License-Identifier: Apache-2.0
#include "world.h"

#include <gmock/gmock.h>

#include <atomic>
#include <numeric>
#include <thread>

namespace parley::chat::test {

namespace {

template <typename Work>
void inThreads(int count, Work work) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back([&work, i] { work(i); });
  for (auto& thread : threads) thread.join();
}

std::vector<std::int64_t> oneTo(std::int64_t last) {
  std::vector<std::int64_t> numbers(static_cast<std::size_t>(last));
  std::iota(numbers.begin(), numbers.end(), 1);
  return numbers;
}

}  // namespace

TEST(Races, EightSendersOneOrderForAll) {
  constexpr int threads = 8;
  constexpr int each = 100;
  World world({.maxBatch = 16});
  world.sockets.bindUser("b1", "b", "user");
  const auto session = world.session("a", "b");
  std::vector<std::int64_t> answered;  // `done` of one session runs one after another
  inThreads(threads, [&](int thread) {
    for (int i = 0; i < each; ++i)
      world.chat->messages().send(draft(session.id, thread % 2 == 0 ? "a" : "b", "x"),
                                  [&](const Result<Message>& result) { answered.push_back(result.value().seq); });
  });
  world.settle();
  EXPECT_EQ(answered, oneTo(threads * each));
  std::vector<std::int64_t> heard;
  for (const auto& sent : world.sockets.sent("message:receive", "user:b"))
    heard.push_back(sent.data.at("message").at("seq").to_number<std::int64_t>());
  EXPECT_EQ(heard, oneTo(threads * each));
  EXPECT_EQ(world.store->count("messages", where("sessionId") == Json(session.id)), threads * each);
  EXPECT_EQ(world.chat->sessions().toJson({session}, "a").at(0).at("unreadCount"), threads * each / 2);
}

TEST(Races, EqualClientMessageIdsAreStoredOnce) {
  World world;
  const auto session = world.session("a", "b");
  std::atomic<int> stored{0};
  inThreads(8, [&](int) {
    for (int i = 0; i < 20; ++i) {
      auto next = draft(session.id, "a", "x");
      next.clientMessageId = std::to_string(i);
      if (!world.chat->messages().send(next).duplicate) ++stored;
    }
  });
  EXPECT_EQ(stored, 20);
  EXPECT_EQ(world.chat->messages().history({.sessionId = session.id}).pagination.total, 20);
  EXPECT_EQ(world.store->count("messages", Filter()), 20);
}

TEST(Races, EveryWorkerMayWaitForItsMessage) {
  World world;
  const auto session = world.session("a", "b");
  for (int i = 0; i < 40; ++i)
    ASSERT_TRUE(world.pool->post([&] { world.chat->messages().send(draft(session.id, "a", "x")); }));
  world.settle();
  EXPECT_EQ(world.store->count("messages", Filter()), 40);
}

TEST(Races, AnObserverMayAnswerInTheSameSession) {
  World world;
  const auto session = world.session("a", "bot");
  world.hooks.add(false, hooks::MessageStored::name, "bot", {.deadline = Millis{60'000}}, [&](void* subject) {
    const auto& heard = *static_cast<const Message*>(subject);
    if (heard.senderId != "bot") world.chat->messages().send(draft(heard.sessionId, "bot", "re: " + heard.content));
  });
  for (int i = 0; i < 10; ++i) world.chat->messages().send(draft(session.id, "a", "x"));
  world.settle();
  EXPECT_EQ(world.store->count("messages", where("sender") == "bot"), 10);
}

TEST(Races, TwoNodesWriteAtOnce) {
  World world;
  const auto session = world.session("a", "b");
  constexpr int each = 50;
  {
    const auto other = world.otherNode();
    inThreads(2, [&](int node) {
      auto& messages = node == 0 ? world.chat->messages() : other->messages();
      for (int i = 0; i < each; ++i) messages.send(draft(session.id, node == 0 ? "a" : "b", "x"));
    });
    world.settle();
    EXPECT_TRUE(other->drain(Millis{60'000}));
  }
  EXPECT_EQ(world.chat->messages().history({.sessionId = session.id}).pagination.total, 2 * each);
  EXPECT_EQ(world.store->count("messages", Filter()), 2 * each);
  EXPECT_EQ(world.chat->sessions().toJson({session}, "a").at(0).at("unreadCount"), each);
}

TEST(Races, PresenceOfOneUserIsToldInOrder) {
  World world;
  std::mutex mutex;
  std::vector<std::string> told;
  world.hooks.add(false, hooks::PresenceChanged::name, "test", {}, [&](void* subject) {
    const std::lock_guard lock(mutex);
    told.push_back(static_cast<const hooks::PresenceChanged::Change*>(subject)->status);
  });
  inThreads(8, [&](int thread) {
    for (int i = 0; i < 50; ++i) {
      const auto socket = std::to_string(thread) + "-" + std::to_string(i);
      world.chat->onUserBound("a", socket, false);
      world.chat->onUserGone("a", socket, false);
    }
  });
  world.settle();
  for (std::size_t i = 0; i < told.size(); ++i) EXPECT_EQ(told[i], i % 2 == 0 ? "online" : "offline") << i;
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(told.back(), "offline");
  EXPECT_EQ(world.chat->presence().statusOf("a"), "offline");
}

}  // namespace parley::chat::test
