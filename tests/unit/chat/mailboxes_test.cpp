// SPDX-License-Identifier: Apache-2.0
// Many messages of a session at once, on their way through its mailbox.
#include "world.h"

#include <gmock/gmock.h>

#include <atomic>
#include <future>
#include <mutex>
#include <thread>

namespace parley::chat::test {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::Ge;
using ::testing::Lt;

namespace {

/// Keeps the store from committing while it lives.
class HeldStore {
 public:
  explicit HeldStore(Store& store) {
    std::promise<void> reached;
    store.submit({Write::upsert("users", where("_id") == "hold", Update().set("n", 1))},
                 [&, released = released_.get_future().share()](const Result<WriteSummary>&) {
                   reached.set_value();
                   released.wait();
                 });
    reached.get_future().wait();
  }
  ~HeldStore() { released_.set_value(); }

 private:
  std::promise<void> released_;
};

}  // namespace

TEST(Mailboxes, TwoOfOneClientMessageIdWaitingTogether) {
  World world;
  const auto session = world.session("a", "b");
  std::vector<Message> answers;
  {
    const HeldStore held(*world.store);
    for (const auto* id : {"", "one", "one", "two", "one"}) {
      auto next = draft(session.id, "a", "x");
      next.clientMessageId = id;
      world.chat->messages().send(next, [&](const Result<Message>& result) { answers.push_back(result.value()); });
    }
  }
  world.settle();
  ASSERT_EQ(answers.size(), 5U);
  int stored = 0;
  for (const auto& answer : answers) stored += answer.duplicate ? 0 : 1;
  EXPECT_EQ(stored, 3);
  EXPECT_THAT(world.chat->messages().history({.sessionId = session.id}).messages,
              ElementsAre(Field(&Message::seq, 1), Field(&Message::seq, 2), Field(&Message::seq, 3)));
}

TEST(Mailboxes, NoWorkerIsHeldAndTooManyAreRefused) {
  World world({.maxWaitingMessages = 100});
  const auto session = world.session("a", "b");
  world.chat->messages().send(draft(session.id, "a", "first"));  // the mailbox has learnt what it needs
  std::vector<std::string> outcomes;
  {
    const HeldStore held(*world.store);
    for (int i = 0; i < 150; ++i)
      ASSERT_TRUE(world.pool->post(
          [&, i] { world.chat->messages().send(draft(session.id, "a", std::to_string(i)), [](const auto&) {}); }));
    // All 150 have come back although nothing can be committed: one under way, 100 waiting, the others refused.
    EXPECT_TRUE(world.pool->drain(Millis{60'000}));
    bool refused = false;
    world.chat->messages().send(draft(session.id, "a", "one more"), [&](const Result<Message>& result) {
      refused = !result.ok() && result.error().code() == ErrorCode::Unavailable;
    });
    EXPECT_TRUE(refused);
  }
  world.settle();
  EXPECT_EQ(world.chat->messages().history({.sessionId = session.id}).pagination.total, 102);
}

TEST(Mailboxes, StoredOnesThatWaitToBeToldCountToo) {
  World world({.maxWaitingMessages = 10});
  const auto session = world.session("a", "b");
  std::promise<void> begun;
  std::promise<void> released;
  std::once_flag first;
  world.hooks.add(false, hooks::MessageStored::name, "slow", {}, [&, release = released.get_future().share()](void*) {
    std::call_once(first, [&] { begun.set_value(); });
    release.wait();
  });
  world.chat->messages().send(draft(session.id, "a", "x"));
  begun.get_future().wait();
  std::atomic<int> refused{0};
  std::int64_t taken = 1;
  while (refused == 0 && taken < 100) {
    world.chat->messages().send(draft(session.id, "a", "x"), [&](const Result<Message>& result) {
      if (!result) ++refused;
    });
    if (refused == 0) ++taken;
    while (world.store->count(collections::messages, {}) < taken) std::this_thread::yield();
  }
  EXPECT_THAT(taken, AllOf(Ge(11), Lt(100))) << "one is being told, ten wait";
  released.set_value();
  world.settle();
  EXPECT_EQ(world.sockets.sent("message:receive", "user:b").size(), static_cast<std::size_t>(taken));
}

TEST(Mailboxes, AFailedStepFailsItsMessagesAlone) {
  World world;
  const auto session = world.session("a", "b");
  auto huge = draft(session.id, "a", "x");
  huge.extra = {{"bytes", std::string(17U << 20U, 'x')}};
  EXPECT_EQ(refusalOf([&] { world.chat->messages().send(huge); }).first, ErrorCode::PayloadTooLarge);
  EXPECT_EQ(world.chat->messages().send(draft(session.id, "a", "y")).seq, 1);
}

TEST(Mailboxes, OneBadMessageDoesNotFailTheOthersOfItsStep) {
  World world;
  const auto session = world.session("a", "b");
  world.chat->messages().send(draft(session.id, "a", "0"));
  std::vector<std::string> outcomes;
  {
    const HeldStore held(*world.store);
    for (const auto* content : {"1", "2", "huge", "3", "4"}) {
      auto next = draft(session.id, "a", content);
      if (next.content == "huge") next.extra = {{"bytes", std::string(17U << 20U, 'x')}};
      world.chat->messages().send(next, [&](const Result<Message>& result) {
        outcomes.push_back(result ? result.value().content + " as " + std::to_string(result.value().seq)
                                  : std::string(codeName(result.error().code())));
      });
    }
  }
  world.settle();
  EXPECT_THAT(outcomes, ElementsAre("1 as 2", "2 as 3", "PAYLOAD_TOO_LARGE", "3 as 4", "4 as 5"));
}

TEST(Mailboxes, AnotherNodeMayWriteIntoTheSession) {
  World world;
  const auto session = world.session("a", "b");
  {
    const auto other = world.otherNode();
    for (int i = 0; i < 10; ++i) {
      EXPECT_EQ(world.chat->messages().send(draft(session.id, "a", "here")).seq, 2 * i + 1);
      EXPECT_EQ(other->messages().send(draft(session.id, i % 2 == 0 ? "a" : "b", "there")).seq, 2 * i + 2);
    }
    world.settle();
    EXPECT_TRUE(other->drain(Millis{60'000}));
  }
  EXPECT_EQ(world.chat->sessions().toJson({session}, "a").at(0).at("unreadCount"), 5);
  EXPECT_EQ(world.chat->sessions().toJson({session}, "b").at(0).at("unreadCount"), 15);
}

TEST(Mailboxes, OfIdleSessionsAreFreed) {
  World world({.idleMailboxes = 3, .cachedSessions = 3});
  for (int i = 0; i < 20; ++i) {
    const auto session = world.session("a", std::string("b").append(std::to_string(i)));
    EXPECT_EQ(world.chat->messages().send(draft(session.id, "a", "x")).seq, 1);
    world.settle();
  }
  EXPECT_LE(world.chat->mailboxes(), 4U);
  const auto first = world.session("a", "b0");
  EXPECT_EQ(world.chat->messages().send(draft(first.id, "a", "x")).seq, 2);
}

}  // namespace parley::chat::test
