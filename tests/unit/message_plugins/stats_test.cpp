// SPDX-License-Identifier: Apache-2.0
#include "stage.h"

#include <random>

namespace parley::chat::test {

namespace {

constexpr Millis day{86'400'000};

class Stats : public Stage {
 protected:
  Stats() : Stage("stats") {}
  Json stats(const std::string& userId, const std::string& days = {}) {
    std::map<std::string, std::string, std::less<>> query;
    if (!days.empty()) query["days"] = days;
    return http("GET /api/chat/stats/:userId", {{"userId", userId}}, query);
  }
  std::string today() { return toIso8601(world.clock.now()).substr(0, 10); }
};

}  // namespace

TEST_F(Stats, TheSixFigures) {
  const auto session = world.session("a", "b");
  const auto first = send(session.id, "a");
  for (const auto* sender : {"a", "b", "b", "b"}) send(session.id, sender);
  send(world.session("a", "c").id, "c");
  world.sockets.bindUser("s1", "b", "user");
  world.chat->messages().remove(first.id, "a");
  world.chat->reads().markUpTo(session.id, "a", 4);
  EXPECT_EQ(stats("a"), Json(JsonObject{{"totalSessions", 2},
                                        {"totalMessages", 5},
                                        {"sentMessages", 1},
                                        {"receivedMessages", 4},
                                        {"unreadMessages", 2},
                                        {"onlineUsers", 1}}));
  EXPECT_EQ(stats("nobody").at("totalMessages"), 0);
  for (const auto* wrong : {"0", "-1", "x", "366"})
    EXPECT_EQ(refusalOf([&] { stats("a", wrong); }).first, ErrorCode::ValidationFailed) << wrong;
}

TEST_F(Stats, LateJoinersCountWhatTheySee) {
  const auto id = group({"a", "b"});
  const auto hidden = send(id, "a");
  for (int i = 0; i < 2; ++i) send(id, "a");
  world.chat->sessions().addMembers(id, {"late"}, false, "a", 0);
  for (int i = 0; i < 2; ++i) send(id, "b");
  send(id, "late");
  const auto figures = stats("late", "2");
  EXPECT_EQ(figures.at("receivedMessages"), 2);
  EXPECT_EQ(figures.at("unreadMessages"), 2);
  EXPECT_EQ(figures.at("daily").at(1), Json(JsonObject{{"date", today()}, {"sent", 1}, {"received", 2}}));
  world.chat->messages().remove(hidden.id, "a");
  EXPECT_EQ(stats("late", "2"), figures);
}

/// Random days, sessions, senders, deletions and starts anew, against plain counting.
TEST_F(Stats, DaysAreExactWhateverHappens) {
  std::mt19937 random(5);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same course in each run
  const auto upTo = [&](std::size_t n) { return static_cast<std::size_t>(random()) % n; };
  const std::vector<std::string> users{"a", "b", "c"};
  std::vector<std::vector<std::string>> people{{"a", "b"}, {"a", "c"}, {"a", "b", "c"}};
  std::vector<std::string> sessions{world.session("a", "b").id, world.session("a", "c").id, group({"a", "b", "c"})};
  struct Counts {
    std::int64_t sent = 0;
    std::int64_t received = 0;
  };
  std::map<std::pair<std::string, std::string>, Counts> expected;  // user, date
  const auto count = [&](std::size_t session, const std::string& sender, const std::string& date, int by) {
    for (const auto& user : people[session])
      (user == sender ? expected[{user, date}].sent : expected[{user, date}].received) += by;
  };
  struct Sent {
    Message message;
    std::size_t session;
    std::string date;
  };
  std::vector<Sent> sent;
  for (int step = 0; step < 400; ++step) {
    const auto action = upTo(20);
    if (action == 0) world.clock.advance(day * static_cast<int>(1 + upTo(3)));
    if (action == 1) world.clock.advance(Millis{static_cast<int>(upTo(20'000'000))});
    if (action == 2) registrations.runTimers();
    if (action == 3 && !sent.empty()) {
      const auto at = upTo(sent.size());
      world.chat->messages().remove(sent[at].message.id, "a");
      count(sent[at].session, sent[at].message.senderId, sent[at].date, -1);
      sent.erase(sent.begin() + static_cast<std::ptrdiff_t>(at));
    }
    if (action > 3) {
      const auto session = upTo(3);
      const auto& sender = people[session][upTo(people[session].size())];
      const bool system = session == 2 && upTo(5) == 0;
      auto next = draft(sessions[session], sender, "x");
      if (system) next.extra = {{"system", {{"action", "renamed"}}}};
      auto message = world.chat->messages().send(next);
      if (!system) {
        count(session, sender, today(), 1);
        sent.push_back({std::move(message), session, today()});
      }
    }
    if (step % 25 != 0) continue;
    for (const auto& user : users) {
      const auto daily = stats(user, std::to_string(1 + upTo(30))).at("daily");
      EXPECT_EQ(daily.as_array().back().at("date"), Json(today()));
      for (const auto& entry : daily.as_array()) {
        const auto& wanted = expected[{user, std::string(entry.at("date").as_string())}];
        ASSERT_EQ(entry.at("sent"), wanted.sent) << user << " " << entry << " after " << step;
        ASSERT_EQ(entry.at("received"), wanted.received) << user << " " << entry << " after " << step;
      }
    }
  }
  world.store->remove("statdays", Filter());
  const auto daily = stats("a", "365").at("daily").as_array();
  std::int64_t all = 0;
  for (const auto& entry : daily) all += entry.at("sent").as_int64() + entry.at("received").as_int64();
  EXPECT_EQ(all, stats("a").at("totalMessages").as_int64());
}

TEST_F(Stats, AClockThatIsSetBackALittleOverMidnightMovesNoMessageToAnotherDay) {
  const auto midnight = Millis{std::chrono::floor<std::chrono::days>(world.clock.now()).time_since_epoch()} + day;
  const auto at = [&](int minutes) {
    world.clock.advance(midnight + Millis{minutes * 60'000} - world.clock.now().time_since_epoch());
  };
  const auto id = world.session("a", "b").id;
  at(-120);
  send(id, "a");
  at(5);
  stats("a", "2");
  at(-2);
  send(id, "a");
  at(20);
  send(id, "a");
  const auto daily = stats("a", "2").at("daily");
  EXPECT_EQ(daily.at(0).at("sent"), 2);
  EXPECT_EQ(daily.at(1).at("sent"), 1);
}

TEST_F(Stats, OldSessionsAreLookedUpInTheBackground) {
  load({{"fillSessions", 2}});
  for (const auto* other : {"b", "c", "d", "e", "f"}) send(world.session("a", other).id, "a");
  world.clock.advance(day * 3);
  for (int i = 0; i < 4; ++i) registrations.runTimers();
  world.store->remove("statdays", where("_id") == "none");  // behind the writes that are under way
  EXPECT_EQ(world.store->count("statdays", Filter()), 5);
}

}  // namespace parley::chat::test
