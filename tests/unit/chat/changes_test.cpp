// SPDX-License-Identifier: Apache-2.0
// Messages that are changed or deleted after they were sent, and what is shown then.
#include "world.h"

#include <gmock/gmock.h>

#include <random>
#include <set>
#include <thread>

namespace parley::chat::test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

namespace {

std::vector<std::int64_t> seqsOf(const std::vector<Message>& messages) {
  std::vector<std::int64_t> seqs;
  for (const auto& message : messages) seqs.push_back(message.seq);
  return seqs;
}

/// A session of a and b with `count` messages of a.
class Changes : public ::testing::Test {
 protected:
  Messages& messages() { return world.chat->messages(); }
  void fill(int count) {
    for (int i = 1; i <= count; ++i) sent.push_back(messages().send(draft(session.id, "a", std::to_string(i))));
  }
  /// What the hooks were told: "kind before>now".
  void listen() {
    world.hooks.add(false, hooks::MessageChanged::name, "test", {}, [this](void* subject) {
      const auto& change = *static_cast<hooks::MessageChanged::Subject*>(subject);
      const std::lock_guard lock(mutex);
      told.push_back(change.kind + " " + change.before.content + ">" + change.now.content + " by " + change.byUserId);
    });
  }

  World world;
  Session session = world.session("a", "b");
  std::vector<Message> sent;
  std::mutex mutex;
  std::vector<std::string> told;
};

}  // namespace

TEST_F(Changes, SetsWhatIsNamedAndTellsTheObservers) {
  listen();
  fill(1);
  world.clock.advance(Millis{5000});
  Messages::Change change{.kind = "edited", .byUserId = "a", .content = "new"};
  change.extra = {{"edited", true}};
  const auto now = messages().change(sent[0].id, change);
  EXPECT_EQ(now.content, "new");
  EXPECT_EQ(now.updatedAt, world.clock.now());
  EXPECT_EQ(now.createdAt, sent[0].createdAt);
  EXPECT_EQ(now.toJson().at("edited"), true);
  EXPECT_EQ(messages().find(sent[0].id)->toJson(), now.toJson());
  messages().change(sent[0].id, {.kind = "edited", .byUserId = "a", .fileSize = 3, .extra = {{"edited", nullptr}}});
  EXPECT_FALSE(messages().find(sent[0].id)->extra.contains("edited"));
  world.settle();
  EXPECT_THAT(told, ElementsAre("edited 1>new by a", "edited new>new by a"));
}

TEST_F(Changes, OfOneMomentHaveTimesOfTheirOwn) {
  fill(1);
  const auto first = messages().change(sent[0].id, {.kind = "edited", .byUserId = "a", .content = "once"});
  const auto second = messages().change(sent[0].id, {.kind = "edited", .byUserId = "a", .content = "twice"});
  EXPECT_LT(first.updatedAt, second.updatedAt);
}

TEST_F(Changes, AreRefusedForUnknownDeletedAndTooLong) {
  fill(1);
  EXPECT_EQ(refusalOf([&] { messages().change("nobody", {.kind = "x"}); }).first, ErrorCode::NotFound);
  EXPECT_EQ(refusalOf([&] { messages().remove("nobody", "a"); }).first, ErrorCode::NotFound);
  const auto [code, detail] =
      refusalOf([&] { messages().change(sent[0].id, {.kind = "x", .content = std::string(16385, 'x')}); });
  EXPECT_EQ(code, ErrorCode::ValidationFailed);
  EXPECT_THAT(detail, HasSubstr("content"));
  messages().remove(sent[0].id, "a");
  EXPECT_EQ(refusalOf([&] { messages().change(sent[0].id, {.kind = "x", .content = "again"}); }).first,
            ErrorCode::NotFound);
}

TEST_F(Changes, LeaveAMessageAsItIsThatHasWhatTheyNamed) {
  listen();
  fill(1);
  const auto recalled =
      messages().change(sent[0].id, {.kind = "recalled", .content = "", .extra = {{"recalled", true}}});
  const auto now = messages().change(sent[0].id, {.kind = "edited", .content = "again", .unless = "recalled"});
  EXPECT_EQ(now.toJson(), recalled.toJson());
  EXPECT_EQ(messages().find(sent[0].id)->toJson(), recalled.toJson());
  world.settle();
  EXPECT_THAT(told, ElementsAre("recalled 1> by "));
}

TEST_F(Changes, ConcurrentOnesAllHappenOneAfterAnother) {
  listen();
  fill(1);
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&, i] {
      for (int k = 0; k < 10; ++k)
        messages().change(sent[0].id,
                          {.kind = "edited", .byUserId = "a", .content = std::to_string(i) + "." + std::to_string(k)});
    });
  for (auto& thread : threads) thread.join();
  world.settle();
  // Each change began where another ended: `before` and `now` pair up but for the first and the last.
  std::multiset<std::string> before;
  std::multiset<std::string> now;
  for (const auto& line : told) {
    const auto arrow = line.find('>');
    before.insert(line.substr(7, arrow - 7));
    now.insert(line.substr(arrow + 1, line.find(" by") - arrow - 1));
  }
  EXPECT_THAT(told, SizeIs(80));
  EXPECT_EQ(before.size(), std::set<std::string>(before.begin(), before.end()).size());
  before.erase("1");
  now.erase(messages().find(sent[0].id)->content);
  EXPECT_EQ(before, now);
}

TEST_F(Changes, AMessageThatAnotherProgramHasMarkedOddlyKeepsNobodyFromTheOthers) {
  fill(3);
  world.store->update("messages", where("_id") == Json(sent[1].id), Update().set("deletedSeq", nullptr));
  EXPECT_THAT(seqsOf(messages().history({.sessionId = session.id}).messages), ElementsAre(1, 3));
}

TEST_F(Changes, ADeletedMessageIsShownNowhereAndKeepsItsPlace) {
  listen();
  fill(3);
  const auto gone = messages().remove(sent[1].id, "a");
  EXPECT_TRUE(gone.deleted);
  EXPECT_EQ(gone.content, "");
  EXPECT_EQ(gone.seq, 2);
  EXPECT_FALSE(messages().find(sent[1].id));
  EXPECT_THAT(seqsOf(messages().findMany({sent[2].id, sent[1].id, sent[0].id, "none"})), ElementsAre(3, 1));
  const auto history = messages().history({.sessionId = session.id});
  EXPECT_THAT(seqsOf(history.messages), ElementsAre(1, 3));
  EXPECT_EQ(history.pagination.total, 2);
  EXPECT_EQ(world.store->findOne("messages", where("_id") == Json(sent[1].id))->at("content"), "");
  auto reply = draft(session.id, "b", "re");
  reply.replyTo = sent[1].id;
  EXPECT_EQ(refusalOf([&] { messages().send(reply); }).first, ErrorCode::ValidationFailed);
  messages().remove(sent[1].id, "b");
  world.settle();
  EXPECT_THAT(told, ElementsAre("deleted 2> by a"));
  EXPECT_EQ(messages().send(draft(session.id, "a", "next")).seq, 4);
}

TEST_F(Changes, TheLastMessageOfASessionIsTheNewestThatIsNotDeleted) {
  fill(4);
  const auto last = [&] {
    return world.chat->sessions().toJson({*world.chat->sessions().find(session.id)}, "b").at(0);
  };
  messages().remove(sent[2].id, "a");
  EXPECT_EQ(last().at("lastMessage").at("_id"), Json(sent[3].id));
  messages().remove(sent[3].id, "a");
  EXPECT_EQ(last().at("lastMessage").at("_id"), Json(sent[1].id));
  messages().remove(sent[1].id, "a");
  messages().remove(sent[0].id, "a");
  EXPECT_TRUE(last().at("lastMessage").is_null());
  EXPECT_TRUE(last().at("lastMessageTime").is_null());
}

TEST_F(Changes, ADeletionIsToldBehindTheMessageItself) {
  std::vector<std::string> order;
  world.hooks.add(false, hooks::MessageStored::name, "test", {}, [&](void*) { order.push_back("stored"); });
  world.hooks.add(false, hooks::MessageChanged::name, "test", {}, [&](void*) { order.push_back("deleted"); });
  std::vector<std::string> expected;
  for (int i = 0; i < 20; ++i) {
    const auto message = messages().send(draft(session.id, "a", "x"));
    messages().remove(message.id, "a");
    expected.insert(expected.end(), {"stored", "deleted"});
  }
  world.settle();
  EXPECT_EQ(order, expected);
}

/// Every way to page, against the list of what is left.
TEST_F(Changes, PagesAndTotalsAreExactWhateverIsDeleted) {
  fill(120);
  std::mt19937 random(7);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same deletions in each run
  std::vector<std::int64_t> left;
  for (const auto& message : sent) {
    const bool tail = message.seq > 110 || (message.seq > 40 && message.seq < 70);
    if (random() % 3 == 0 || tail)
      messages().remove(message.id, "a");
    else
      left.push_back(message.seq);
  }
  const auto count = static_cast<std::int64_t>(left.size());
  for (const std::int64_t limit : {1, 7, 50, 100}) {
    for (std::int64_t page = 1; page <= count / limit + 2; ++page) {
      const auto found = historyOf(messages(), {.sessionId = session.id, .page = page, .limit = limit, .viewer = "b"});
      EXPECT_EQ(found.pagination.total, count);
      const auto end = std::max<std::int64_t>(0, count - (page - 1) * limit);
      const auto begin = std::max<std::int64_t>(0, end - limit);
      EXPECT_EQ(seqsOf(found.messages), std::vector(left.begin() + begin, left.begin() + end)) << page << "/" << limit;
    }
    std::vector<std::int64_t> down;
    for (std::int64_t before = 121;;) {
      const auto found = historyOf(messages(), {.sessionId = session.id, .limit = limit, .beforeSeq = before}).messages;
      if (found.empty()) break;
      const auto seqs = seqsOf(found);
      down.insert(down.begin(), seqs.begin(), seqs.end());
      before = seqs.front();
    }
    EXPECT_EQ(down, left);
    std::vector<std::int64_t> up;
    for (std::int64_t after = 0;;) {
      const auto found = historyOf(messages(), {.sessionId = session.id, .limit = limit, .afterSeq = after}).messages;
      if (found.empty()) break;
      const auto seqs = seqsOf(found);
      up.insert(up.end(), seqs.begin(), seqs.end());
      after = seqs.back();
    }
    EXPECT_EQ(up, left);
  }
  EXPECT_THAT(messages().history({.sessionId = session.id, .page = 1'000'000'000, .limit = 100}).messages, IsEmpty());
}

TEST_F(Changes, HistoryIsForParticipants) {
  fill(1);
  EXPECT_EQ(refusalOf([&] { messages().history({.sessionId = session.id, .viewer = "c"}); }).first,
            ErrorCode::Forbidden);
}

TEST_F(Changes, DeletingWhileOthersReadAndSend) {
  fill(60);
  std::atomic<bool> over{false};
  std::thread reader([&] {
    while (!over) {
      const auto found = messages().history({.sessionId = session.id, .limit = 100});
      for (const auto& message : found.messages) EXPECT_NE(message.content, "");
    }
  });
  std::thread writer([&] {
    for (int i = 0; i < 40; ++i) messages().send(draft(session.id, "b", "more"));
  });
  for (const auto& message : sent) messages().remove(message.id, "a");
  writer.join();
  over = true;
  reader.join();
  const auto left = messages().history({.sessionId = session.id, .limit = 100});
  EXPECT_THAT(left.messages, SizeIs(40));
  EXPECT_EQ(left.pagination.total, 40);
}

TEST_F(Changes, SystemMessagesAreCountedApart) {
  fill(2);
  auto joined = draft(session.id, "a", "a has joined");
  joined.extra = {{"system", {{"action", "joined"}}}};
  messages().send(joined);
  world.restart();
  world.chat->messages().send(draft(session.id, "a", "3"));
  const auto stored = world.store->findOne("messages", where("seq") == 4).value();
  EXPECT_EQ(stored.at("pairSeq"), 3);
  EXPECT_EQ(stored.at("systemSeq"), 1);
}

TEST_F(Changes, TimesNeverGoBackInsideASession) {
  fill(1);
  world.clock.advance(Millis{-60'000});
  fill(1);
  EXPECT_EQ(sent[1].createdAt, sent[0].createdAt);
}

}  // namespace parley::chat::test
