// SPDX-License-Identifier: Apache-2.0
#include "net/event_loop.h"

#include "net/file_descriptor.h"
#include "net/timer_wheel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <random>
#include <thread>
#include <utility>
#include <vector>

namespace parley::net {

namespace {

using ::testing::ElementsAre;

struct Wheel {
  Instant start = std::chrono::steady_clock::now();
  TimerWheel wheel{start};
  std::vector<int> ran;

  TimerWheel::Id add(Millis delay, int name) {
    return wheel.add(start + delay, [this, name] { ran.push_back(name); });
  }
  void to(Millis time) {
    wheel.advance(start + time, [](TimerWheel::Task& task) { task(); });
  }
};

/// Something that is always ready.
class Busy final : public Pollable {
 public:
  Busy(EventLoop& loop, base::Lane lane, std::function<void()> onTurn)
      : loop_(loop), lane_(lane), onTurn_(std::move(onTurn)) {
    loop_.add(ready_.get(), EPOLLIN, this, lane_);
  }
  ~Busy() override { loop_.remove(ready_.get(), this, lane_); }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;

  void onEvents(std::uint32_t /*events*/) override { onTurn_(); }

 private:
  FileDescriptor ready_{::eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC)};
  EventLoop& loop_;
  const base::Lane lane_;
  const std::function<void()> onTurn_;
};

}  // namespace

TEST(TimerWheel, RunsEachOnceAndNeverEarly) {
  Wheel timers;
  timers.add(Millis(25), 1);
  timers.to(Millis(24));
  EXPECT_THAT(timers.ran, ElementsAre());
  timers.to(Millis(30));
  timers.to(Millis(60));
  EXPECT_THAT(timers.ran, ElementsAre(1));
  EXPECT_FALSE(timers.wheel.next());
}

TEST(TimerWheel, KeepsThoseBeyondOneTurn) {
  Wheel timers;
  timers.add(Millis(60'000), 1);
  timers.add(Millis(20), 2);
  for (int time = 0; time <= 59'990; time += 10) timers.to(Millis(time));
  EXPECT_THAT(timers.ran, ElementsAre(2));
  timers.to(Millis(60'000));
  EXPECT_THAT(timers.ran, ElementsAre(2, 1));
}

TEST(TimerWheel, CancelledAndStrangeIdsDoNothing) {
  Wheel timers;
  const auto first = timers.add(Millis(20), 1);
  timers.wheel.cancel(first);
  timers.wheel.cancel(first);
  timers.wheel.cancel(0);
  timers.wheel.cancel(~TimerWheel::Id{0});
  const auto second = timers.add(Millis(20), 2);  // takes the place of the first
  timers.wheel.cancel(first);
  timers.to(Millis(100));
  EXPECT_THAT(timers.ran, ElementsAre(2));
  timers.wheel.cancel(second);
}

TEST(TimerWheel, ATaskMayCancelAnotherThatIsDue) {
  Wheel timers;
  TimerWheel::Id second = 0;
  timers.wheel.add(timers.start + Millis(10), [&] { timers.wheel.cancel(second); });
  second = timers.add(Millis(20), 2);
  timers.to(Millis(100));
  EXPECT_THAT(timers.ran, ElementsAre());
}

TEST(TimerWheel, AgreesWithASimpleListOverManyTimers) {
  Wheel timers;
  std::mt19937 random(7);
  std::map<int, std::int64_t> due;
  std::vector<TimerWheel::Id> ids;
  for (int i = 0; i < 2000; ++i) {
    const auto delay = static_cast<std::int64_t>(random() % 20'000);
    ids.push_back(timers.add(Millis(delay), i));
    due[i] = delay;
  }
  for (int i = 0; i < 2000; i += 3) {
    timers.wheel.cancel(ids[static_cast<std::size_t>(i)]);
    due.erase(i);
  }
  for (std::int64_t time = 0; time <= 21'000; time += static_cast<std::int64_t>(random() % 300)) {
    const auto next = timers.wheel.next();
    timers.to(Millis(time));
    for (const int name : std::exchange(timers.ran, {})) {
      ASSERT_LE(due.at(name), time);
      ASSERT_TRUE(next && *next <= timers.start + Millis(time));
      due.erase(name);
    }
  }
  timers.to(Millis(30'000));
  EXPECT_EQ(timers.ran.size(), due.size());
}

TEST(EventLoop, RunsWhatManyThreadsPostInEachOnesOrder) {
  EventLoop loop(0);
  loop.start();
  constexpr int threads = 8;
  constexpr int posts = 2000;
  std::vector<std::vector<int>> seen(threads);
  std::vector<std::thread> posters;
  for (int t = 0; t < threads; ++t)
    posters.emplace_back([&, t] {
      for (int i = 0; i < posts; ++i) loop.post([&seen, t, i] { seen[static_cast<std::size_t>(t)].push_back(i); });
    });
  for (auto& poster : posters) poster.join();
  loop.runAndWait([&] {
    for (const auto& one : seen) {
      EXPECT_EQ(one.size(), std::size_t{posts});
      EXPECT_TRUE(std::is_sorted(one.begin(), one.end()));
    }
  });
}

TEST(EventLoop, EndOfIterationComesAfterWhatWasPosted) {
  EventLoop loop(0);
  std::vector<int> order;
  std::promise<void> done;
  loop.post([&] {
    loop.atEndOfIteration([&] {
      order.push_back(3);
      loop.atEndOfIteration([&] {
        order.push_back(4);
        done.set_value();
      });
    });
    loop.dispatch([&] { order.push_back(1); });
  });
  loop.post([&] { order.push_back(2); });
  loop.start();
  done.get_future().get();
  EXPECT_THAT(order, ElementsAre(1, 2, 3, 4));
}

TEST(EventLoop, TurnsComeInOrderAndWhatIsPostedDoesNotWaitForAllOfThem) {
  constexpr int many = 1000;
  EventLoop loop(0);
  std::vector<int> order;
  std::size_t before = 0;
  std::promise<void> done;
  loop.post([&] {
    loop.inTurn([&] { loop.post([&] { before = order.size(); }); });
    for (int i = 0; i < many; ++i) loop.inTurn([&order, i] { order.push_back(i); });
    loop.inTurn([&] { done.set_value(); });
  });
  loop.start();
  done.get_future().get();
  loop.stop();
  EXPECT_EQ(order.size(), std::size_t{many});
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
  EXPECT_GT(before, 0u);
  EXPECT_LT(before, std::size_t{many});
}

TEST(EventLoop, TheFirstTurnsComeBeforeTheOthersInTheirOwnOrder) {
  EventLoop loop(0);
  std::string order;
  loop.start();
  loop.runAndWait([&] {
    using Turn = EventLoop::Turn;
    for (const auto& [name, turn] :
         {std::pair('c', Turn::Last), {'a', Turn::First}, {'d', Turn::Last}, {'b', Turn::First}})
      loop.inTurn([&order, name = name] { order += name; }, turn);
  });
  loop.stop();
  EXPECT_EQ(order, "abcd");
}

TEST(EventLoop, WhoWaitsForATurnHasItBeforeTheLoopEnds) {
  constexpr int many = 1000;
  EventLoop loop(0);
  int turns = 0;
  loop.start();
  loop.runAndWait([&] {
    for (int i = 0; i < many; ++i) loop.inTurn([&] { ++turns; });
  });
  loop.stop();
  EXPECT_EQ(turns, many);
}

TEST(EventLoop, WhatIsPostedDoesNotWaitForALongLineOfDescriptors) {
  constexpr int many = 1000;
  EventLoop loop(0);
  int turns = 0;
  bool posted = false;
  std::promise<int> turnsBetween;
  std::vector<std::unique_ptr<Busy>> all;
  for (int i = 0; i < many; ++i)
    all.push_back(std::make_unique<Busy>(loop, base::Lane::Normal, [&] {
      ++turns;
      if (!std::exchange(posted, true)) loop.post([&] { turnsBetween.set_value(turns); });
    }));
  loop.start();
  EXPECT_LT(turnsBetween.get_future().get(), many / 2);
  loop.stop();
}

TEST(EventLoop, NewcomersGetAFewTurnsBetweenTwoOfTheOthers) {
  constexpr int many = 1000;
  EventLoop loop(0);
  int turnsOfNewcomers = 0;
  std::vector<int> seen;
  std::promise<void> enough;
  std::vector<std::unique_ptr<Busy>> all;
  std::vector<int> turnsOf(many);
  for (int i = 0; i < many; ++i)
    all.push_back(std::make_unique<Busy>(loop, base::Lane::Newcomers, [&, i] {
      ++turnsOfNewcomers;
      ++turnsOf[static_cast<std::size_t>(i)];
    }));
  all.push_back(std::make_unique<Busy>(loop, base::Lane::Normal, [&] {
    seen.push_back(turnsOfNewcomers);
    if (seen.size() == 100) enough.set_value();
  }));
  loop.start();
  enough.get_future().get();
  loop.stop();
  for (std::size_t i = 1; i < 100; ++i) {
    EXPECT_GT(seen[i], seen[i - 1]);
    EXPECT_LE(seen[i] - seen[i - 1], 32);
  }
  // Each in turn, and no one twice before all had theirs.
  const auto [least, most] = std::minmax_element(turnsOf.begin(), turnsOf.end());
  EXPECT_GE(*least, 1);
  EXPECT_LE(*most - *least, 1);
}

TEST(EventLoop, RunsTimersAndNotCancelledOnes) {
  EventLoop loop(0);
  loop.start();
  std::promise<std::vector<int>> done;
  std::vector<int> order;
  loop.post([&] {
    loop.after(Millis::max(), [&] { order.push_back(8); });
    const auto cancelled = loop.after(Millis(10), [&] { order.push_back(9); });
    loop.after(Millis(60), [&] { done.set_value(order); });
    loop.after(Millis(0), [&] { order.push_back(1); });
    loop.after(Millis(30), [&] { order.push_back(2); });
    loop.cancel(cancelled);
  });
  EXPECT_THAT(done.get_future().get(), ElementsAre(1, 2));
}

TEST(EventLoop, ATaskThatThrowsHarmsNoOther) {
  EventLoop loop(0);
  loop.start();
  loop.post([] { throw std::runtime_error("on purpose"); });
  EXPECT_TRUE(loop.runAndWait([] {}));
}

TEST(EventLoop, StopDropsWhatIsPostedAndLaterPosts) {
  EventLoop loop(0);
  loop.start();
  loop.stop();
  auto token = std::make_shared<int>(1);
  bool ran = false;
  loop.post([token, &ran] { ran = true; });
  EXPECT_EQ(token.use_count(), 1);
  EXPECT_FALSE(ran);
  EXPECT_TRUE(loop.runAndWait([&] { ran = true; })) << "runs in the calling thread then";
  EXPECT_TRUE(ran);
}

}  // namespace parley::net
