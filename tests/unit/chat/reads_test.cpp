// SPDX-License-Identifier: Apache-2.0
#include "chat/read_state.h"
#include "world.h"

#include <gmock/gmock.h>

#include <map>
#include <random>
#include <set>
#include <thread>

namespace parley::chat::test {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

namespace {

/// A group as its records are stored.
void makeGroup(World& world, const std::string& id, const std::vector<std::string>& userIds) {
  world.store->insert("chatsessions",
                      {{"_id", id}, {"sessionType", "group"}, {"createdAt", "2024-01-01T00:00:00.000Z"}});
  for (const auto& userId : userIds)
    world.store->insert("chatmembers", {{"_id", id + ":" + userId}, {"sessionId", id}, {"userId", userId}});
}

class ReadsTest : public ::testing::Test {
 protected:
  Reads& reads() { return world.chat->reads(); }
  Messages& messages() { return world.chat->messages(); }
  Message send(const std::string& from, const std::string& sessionId = {}) {
    return messages().send(draft(sessionId.empty() ? session.id : sessionId, from, "x"));
  }
  std::int64_t unread(const std::string& userId) { return reads().unread(userId).total; }
  /// "user@millis since the first moment …" of a message.
  std::string readBy(const std::string& messageId) {
    std::string text;
    const auto message = messages().find(messageId).value();
    for (const auto& mark : message.readBy)
      text += mark.userId + "@" + std::to_string((mark.readAt - begin).count()) + " ";
    return text;
  }

  World world;
  Session session = world.session("a", "b");
  Time begin = world.clock.now();
};

std::vector<std::pair<std::int64_t, std::int64_t>> pairs(const std::vector<Reads::Range>& ranges) {
  std::vector<std::pair<std::int64_t, std::int64_t>> list;
  for (const auto& range : ranges) list.emplace_back(range.from, range.to);
  return list;
}

}  // namespace

TEST_F(ReadsTest, AMessageIsReadOnceWithItsTime) {
  const auto first = send("a");
  const auto second = send("a");
  EXPECT_EQ(unread("b"), 2);
  EXPECT_EQ(unread("a"), 0);
  world.clock.advance(Millis{10});
  const auto marked = reads().markMessage(second.id, "b");
  EXPECT_THAT(pairs(marked.ranges), ElementsAre(std::pair(2, 2)));
  EXPECT_EQ(marked.readAt, world.clock.now());
  EXPECT_EQ(marked.senderId, "a");
  EXPECT_EQ(unread("b"), 1);
  EXPECT_EQ(messages().find(first.id)->status, "sent");
  EXPECT_EQ(messages().find(second.id)->status, "read");
  EXPECT_EQ(readBy(second.id), "b@10 ");
  world.clock.advance(Millis{10});
  const auto again = reads().markMessage(second.id, "b");
  EXPECT_FALSE(again.any());
  EXPECT_EQ(again.readAt, marked.readAt);
  reads().markMessage(first.id, "b");
  EXPECT_EQ(readBy(first.id), "b@20 ");
  EXPECT_EQ(readBy(second.id), "b@10 ");
  EXPECT_EQ(unread("b"), 0);
  world.restart();
  EXPECT_EQ(readBy(second.id), "b@10 ");
}

TEST_F(ReadsTest, EverythingUpToAPlaceIsReadInOneStep) {
  for (int i = 0; i < 5; ++i) send("a");
  send("b");
  const auto last = send("a");
  const auto third = historyOf(messages(), {.sessionId = session.id}).messages[2];
  reads().markMessage(third.id, "b");
  world.clock.advance(Millis{5});
  EXPECT_THAT(pairs(reads().markUpTo(session.id, "b", 4).ranges), ElementsAre(std::pair(1, 2), std::pair(4, 4)));
  EXPECT_EQ(reads().unread("b").sessions.at(session.id), 2);
  EXPECT_FALSE(reads().markUpTo(session.id, "b", 2).any());
  EXPECT_TRUE(reads().markUpTo(session.id, "b", std::nullopt).any());
  EXPECT_THAT(reads().unread("b").sessions, IsEmpty());
  EXPECT_EQ(readBy(third.id), "b@0 ");
  EXPECT_EQ(readBy(last.id), "b@5 ");
  EXPECT_FALSE(reads().markUpTo(session.id, "b", 1000).any());
  send("a");
  EXPECT_EQ(unread("b"), 1);
}

TEST_F(ReadsTest, ObserversHearWhatWasNew) {
  std::vector<std::string> heard;
  world.hooks.add(false, hooks::MessagesRead::name, "test", {}, [&](void* subject) {
    const auto& marked = *static_cast<hooks::MessagesRead::Subject*>(subject);
    for (const auto& range : marked.ranges)
      heard.push_back(marked.userId + std::to_string(range.from) + "-" + std::to_string(range.to));
  });
  const auto message = send("a");
  send("a");
  reads().markMessage(message.id, "b");
  reads().markMessage(message.id, "b");
  reads().markMessage(message.id, "a");
  reads().markUpTo(session.id, "b", std::nullopt);
  EXPECT_THAT(heard, ElementsAre("b1-1", "b2-2"));
}

TEST_F(ReadsTest, RefusesWhatCannotBeRead) {
  const auto message = send("a");
  EXPECT_EQ(refusalOf([&] { reads().markMessage("none", "b"); }).first, ErrorCode::NotFound);
  EXPECT_EQ(refusalOf([&] { reads().markMessage(message.id, "c"); }).first, ErrorCode::Forbidden);
  EXPECT_EQ(refusalOf([&] { reads().markUpTo(session.id, "c", std::nullopt); }).first, ErrorCode::Forbidden);
  EXPECT_EQ(refusalOf([&] { reads().markUpTo("none", "b", std::nullopt); }).first, ErrorCode::NotFound);
  messages().remove(message.id, "a");
  EXPECT_EQ(refusalOf([&] { reads().markMessage(message.id, "b"); }).first, ErrorCode::NotFound);
}

/// Random marks, sends and deletions, against plain sets.
TEST_F(ReadsTest, CountsAreExactWhateverHappens) {
  makeGroup(world, "g", {"a", "b", "c"});
  std::mt19937 random(11);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same course in each run
  const auto upTo = [&](std::size_t n) { return static_cast<std::size_t>(random()) % n; };
  const std::vector<std::string> users{"a", "b", "c"};
  struct Sent {
    Message message;
    bool system;
    std::set<std::string> readers;
  };
  std::vector<Sent> sent;
  for (int step = 0; step < 600; ++step) {
    world.clock.advance(Millis{1});
    const auto& user = users[upTo(3)];
    const auto action = upTo(10);
    if (action < 4 || sent.empty()) {
      auto next = draft("g", user, "x");
      const bool system = upTo(6) == 0;
      if (system) next.extra = {{"system", {{"action", "joined"}}}};
      sent.push_back({messages().send(next), system, {}});
    } else if (action < 7) {
      auto& one = sent[upTo(sent.size())];
      if (one.message.deleted) continue;
      reads().markMessage(one.message.id, user);
      if (one.message.senderId != user) one.readers.insert(user);
    } else if (action < 8) {
      const auto to = upTo(sent.size());
      if (upTo(4) != 0) continue;
      reads().markUpTo("g", user, sent[to].message.seq);
      for (std::size_t i = 0; i <= to; ++i)
        if (sent[i].message.senderId != user) sent[i].readers.insert(user);
    } else if (upTo(3) == 0) {
      auto& one = sent[upTo(sent.size())].message;
      one = messages().remove(one.id, "a");
    }
    if (step % 20 != 0) continue;
    for (const auto& reader : users) {
      std::int64_t expected = 0;
      std::int64_t received = 0;
      std::int64_t own = 0;
      for (const auto& one : sent) {
        if (one.system || one.message.deleted) continue;
        ++(one.message.senderId == reader ? own : received);
        if (one.message.senderId != reader && !one.readers.contains(reader)) ++expected;
      }
      ASSERT_EQ(unread(reader), expected) << reader << " after " << step;
      const auto totals = reads().totals(reader);
      EXPECT_EQ(totals.unread, expected);
      EXPECT_EQ(totals.sent, own);
      EXPECT_EQ(totals.received, received);
    }
  }
  for (const auto& one : sent) {
    if (one.message.deleted || one.system) continue;
    std::set<std::string> listed;
    const auto now = messages().find(one.message.id).value();
    for (const auto& mark : now.readBy) listed.insert(mark.userId);
    EXPECT_EQ(listed, one.readers) << one.message.seq;
  }
}

TEST_F(ReadsTest, TheTimesOfManyReadsOutOfOrderAreKept) {
  std::vector<Message> sent;
  for (int i = 0; i < 150; ++i) sent.push_back(send("a"));
  for (int i = 148; i >= 0; i -= 2) {
    world.clock.advance(Millis{1});
    reads().markMessage(sent[static_cast<std::size_t>(i)].id, "b");
  }
  EXPECT_GT(world.store->count("readlog", Filter()), 0);
  EXPECT_EQ(unread("b"), 75);
  const auto history = historyOf(messages(), {.sessionId = session.id, .limit = 150}).messages;
  for (const auto& message : history) {
    const auto order = (151 - message.seq) / 2;
    if (message.seq % 2 == 0) {
      EXPECT_THAT(message.readBy, IsEmpty());
      continue;
    }
    ASSERT_THAT(message.readBy, SizeIs(1)) << message.seq;
    EXPECT_EQ((message.readBy[0].readAt - begin).count(), order) << message.seq;
    EXPECT_EQ(message.status, "read");
  }
}

TEST(ReadState, ClosesTheOldestGapWhenThereAreTooMany) {
  ReadState state;
  const auto at = [](std::int64_t seq) { return ReadRange{seq, seq, seq - 1, seq}; };
  for (std::int64_t seq = 2; seq <= 6; seq += 2) state.add(at(seq), Time{}, 3);
  EXPECT_EQ(state.upTo(), 0);
  EXPECT_THAT(pairs(state.add(at(8), Time{}, 3)), ElementsAre(std::pair(1, 1), std::pair(8, 8)));
  EXPECT_EQ(state.upTo(), 2);
  EXPECT_FALSE(state.has(3));
  EXPECT_EQ(state.countedBeyond(), 3);
}

TEST(ReadState, AGapWithoutAnythingToReadIsNone) {
  ReadState state;
  state.add({1, 1, 0, 1}, Time{}, 9);
  state.add({4, 4, 1, 2}, Time{}, 9);  // 2 and 3 are the user's own
  EXPECT_EQ(state.upTo(), 4);
  EXPECT_EQ(state.counted(), 2);
}

TEST_F(ReadsTest, ArraysOfAnEarlierServerStayReadable) {
  const auto message = send("a");
  world.store->update("messages", where("_id") == Json(message.id),
                      Update()
                          .set("status", "read")
                          .set("readBy", JsonArray{{{"user", "b"}, {"readAt", toIso8601(begin + Millis{7})}}}));
  EXPECT_EQ(readBy(message.id), "b@7 ");
  EXPECT_EQ(messages().find(message.id)->status, "read");
  reads().markMessage(message.id, "b");
  EXPECT_EQ(readBy(message.id), "b@7 ");
}

TEST_F(ReadsTest, AMarkOfBeforeTheCountsGoesOn) {
  for (const auto* sender : {"a", "b", "a", "a"}) send(sender);
  world.store->insert("readstates",
                      {{"_id", session.id + ":b"}, {"sessionId", session.id}, {"userId", "b"}, {"readUpTo", 2}});
  EXPECT_EQ(unread("b"), 2);
  reads().markUpTo(session.id, "b", 3);
  EXPECT_EQ(unread("b"), 1);
}

TEST_F(ReadsTest, ReadersOfALargeGroupAreNotListedButCounted) {
  World small({.readByMembers = 2, .deliveredMembers = 2});
  makeGroup(small, "g", {"a", "b", "c"});
  small.sockets.bindUser("b1", "b", "user");
  const auto message = small.chat->messages().send(draft("g", "a", "x"));
  small.chat->reads().markMessage(message.id, "b");
  small.settle();
  EXPECT_THAT(small.chat->messages().find(message.id)->readBy, IsEmpty());
  EXPECT_EQ(small.chat->reads().unread("b").total, 0);
  EXPECT_EQ(small.chat->reads().unread("c").total, 1);
  EXPECT_THAT(small.sockets.sent("message:status"), IsEmpty());
  EXPECT_THAT(small.sockets.sent("message:receive", "user:b"), SizeIs(1));
}

TEST_F(ReadsTest, MarksOfOneMomentMeetInFewWrites) {
  std::vector<Message> sent;
  for (int i = 0; i < 200; ++i) sent.push_back(send("a"));
  std::atomic<int> answered{0};
  for (const auto& message : sent)
    reads().markMessage(message.id, "b", [&](const Result<Reads::Marked>& result) {
      EXPECT_TRUE(result.value().any());
      ++answered;
    });
  world.settle();
  EXPECT_EQ(answered, 200);
  EXPECT_EQ(unread("b"), 0);
  EXPECT_LT(world.store->findOne("readstates", where("userId") == "b")->at("revision").as_int64(), 200);
}

TEST_F(ReadsTest, TwoDevicesOnTwoNodesLoseNothingWhileOthersSend) {
  constexpr int count = 120;
  std::vector<Message> sent;
  for (int i = 0; i < count; ++i) sent.push_back(send("a"));
  const auto other = world.otherNode();
  std::atomic<int> fresh{0};
  const auto work = [&](Reads& reads, std::size_t first, bool waits) {
    for (std::size_t i = first; i < sent.size(); i += 3) {
      if (waits && reads.markMessage(sent[i].id, "b").any()) ++fresh;
      if (!waits)
        reads.markMessage(sent[i].id, "b", [&](const Result<Reads::Marked>& result) {
          if (result.value().any()) ++fresh;
        });
    }
  };
  std::thread one([&] { work(world.chat->reads(), 0, true); });
  std::thread two([&] { work(other->reads(), 1, true); });
  std::thread three([&] { work(world.chat->reads(), 2, false); });
  std::thread again([&] { work(other->reads(), 0, false); });
  std::thread writer([&] {
    for (int i = 0; i < 30; ++i) send("a");
  });
  for (auto* thread : {&one, &two, &three, &again, &writer}) thread->join();
  world.settle();
  EXPECT_TRUE(other->drain(Millis{60'000}));
  EXPECT_EQ(fresh, count);
  EXPECT_EQ(unread("b"), 30);
  for (const auto& message : sent) EXPECT_THAT(messages().find(message.id)->readBy, SizeIs(1));
}

TEST_F(ReadsTest, ManySessionsAreCountedTogether) {
  for (int i = 0; i < 30; ++i) {
    const auto other = world.session("u" + std::to_string(i), "b");
    for (int k = 0; k <= i % 3; ++k) send("u" + std::to_string(i), other.id);
    if (i % 2 == 0) send("b", other.id);
    if (i % 5 == 0) reads().markUpTo(other.id, "b", std::nullopt);
  }
  std::int64_t expected = 0;
  for (int i = 0; i < 30; ++i) expected += i % 5 == 0 ? 0 : i % 3 + 1;
  const auto unread = reads().unread("b");
  EXPECT_EQ(unread.total, expected);
  EXPECT_THAT(unread.sessions, SizeIs(24));
  EXPECT_EQ(reads().totals("b").sessions, 31);
  EXPECT_EQ(reads().totals("b").sent, 15);
}

}  // namespace parley::chat::test
