// SPDX-License-Identifier: Apache-2.0
#include "base/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <stdexcept>
#include <string>
#include <utility>

namespace parley::base {

namespace {

/// Keeps one worker busy until it is released.
class Gatekeeper {
 public:
  explicit Gatekeeper(WorkerPool& pool) {
    EXPECT_TRUE(pool.post([this] {
      entered_.set_value();
      release_.get_future().wait();
    }));
    entered_.get_future().wait();
  }
  void release() { release_.set_value(); }

 private:
  std::promise<void> entered_;
  std::promise<void> release_;
};

}  // namespace

TEST(WorkerPool, RefusesWhatIsOverTheBoundAndRunsTheRest) {
  WorkerPool pool(1, 2);
  Gatekeeper gate(pool);
  std::atomic<int> ran = 0;
  EXPECT_TRUE(pool.post([&] { ++ran; }));
  EXPECT_TRUE(pool.post([&] { ++ran; }));
  EXPECT_FALSE(pool.post([&] { ++ran; }));
  EXPECT_TRUE(pool.postAccepted([&] { ++ran; }));
  gate.release();
  ASSERT_TRUE(pool.drain(Millis{10000}));
  EXPECT_EQ(ran, 3);
}

TEST(WorkerPool, SurvivesATaskThatThrows) {
  WorkerPool pool(1, 8);
  std::promise<void> after;
  ASSERT_TRUE(pool.post([] { throw std::runtime_error("expected by the test"); }));
  ASSERT_TRUE(pool.post([&] { after.set_value(); }));
  after.get_future().wait();
}

TEST(WorkerPool, TakesNothingAfterStop) {
  WorkerPool pool(1, 8);
  pool.stop();
  EXPECT_FALSE(pool.post([] {}));
  EXPECT_FALSE(pool.postAccepted([] {}));
}

TEST(WorkerPool, NewcomersWaitBehindTheOthersButAreNotForgotten) {
  WorkerPool pool(1, 1000);
  Gatekeeper gate(pool);
  std::string order;
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(pool.post([&] { order += 'n'; }, Lane::Newcomers));
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(pool.post([&] { order += '.'; }));
  gate.release();
  ASSERT_TRUE(pool.drain(Millis{10000}));
  // The gatekeeper took one of the three turns before the newcomers' first.
  EXPECT_EQ(order, "..n...n...nn");
}

/// The number of threads, and how many of them newcomers may hold.
class WorkerShare : public testing::TestWithParam<std::pair<std::size_t, int>> {};

TEST_P(WorkerShare, NewcomersNeverHoldAllThreads) {
  const auto [threads, share] = GetParam();
  WorkerPool pool(threads, 1000);
  std::promise<void> release;
  const std::shared_future<void> released(release.get_future());
  std::atomic<int> held = 0;
  std::promise<void> full;
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(pool.post(
        [&, most = share] {
          if (++held == most) full.set_value();
          released.wait();
        },
        Lane::Newcomers));
  }
  full.get_future().wait();
  // Those who have joined are served one after another, as often as they like.
  for (int i = 0; i < 50; ++i) {
    std::promise<void> served;
    ASSERT_TRUE(pool.post([&] { served.set_value(); }));
    served.get_future().wait();
  }
  EXPECT_EQ(held, share);
  release.set_value();
  ASSERT_TRUE(pool.drain(Millis{10000}));
  EXPECT_EQ(held, 20);
}

INSTANTIATE_TEST_SUITE_P(WorkerPool, WorkerShare,
                         testing::Values(std::pair{2, 1}, std::pair{3, 2}, std::pair{4, 3}, std::pair{8, 6},
                                         std::pair{16, 12}));

/// Tasks that wait for one another, and for one that comes last, need as many threads as they are.
TEST(WorkerPool, ThreadsThatDoNotMoveOnAreJoinedByOthers) {
  constexpr int threads = 16;
  WorkerPool pool(threads, 1000);
  std::promise<void> release;
  const std::shared_future<void> released(release.get_future());
  for (int i = 1; i < threads; ++i) ASSERT_TRUE(pool.post([released] { released.wait(); }));
  ASSERT_TRUE(pool.post([&] { release.set_value(); }));
  EXPECT_TRUE(pool.drain(Millis{60000}));
}

TEST(WorkerPool, AThreadThatSaysThatItWaitsIsReplaced) {
  WorkerPool pool(64, 1000);
  std::atomic<int> waiting = 0;
  std::promise<void> all;
  std::promise<void> release;
  const std::shared_future<void> released(release.get_future());
  for (int i = 0; i < 64; ++i)
    ASSERT_TRUE(pool.post([&, released] {
      const Waiting outer;
      const Waiting inner;
      if (++waiting == 64) all.set_value();
      released.wait();
    }));
  all.get_future().wait();
  release.set_value();
  ASSERT_TRUE(pool.drain(Millis{60000}));
  // All of them are there again.
  std::promise<void> after;
  ASSERT_TRUE(pool.post([&] { after.set_value(); }));
  after.get_future().wait();
}

/// All come back at once, more than there are processors: those that sleep again leave nothing undone.
TEST(WorkerPool, ThreadsThatAreTooManyLeaveNothingBehind) {
  constexpr int threads = 16;
  WorkerPool pool(threads, 10'000);
  std::atomic<int> ran = 0;
  for (int round = 0; round < 50; ++round) {
    std::atomic<int> waiting = 0;
    std::promise<void> all;
    std::promise<void> release;
    const std::shared_future<void> released(release.get_future());
    for (int i = 0; i < threads; ++i)
      ASSERT_TRUE(pool.post([&, released] {
        const Waiting wait;
        if (++waiting == threads) all.set_value();
        released.wait();
      }));
    all.get_future().wait();
    for (int i = 0; i < 200; ++i) ASSERT_TRUE(pool.post([&] { ++ran; }));
    release.set_value();
    ASSERT_TRUE(pool.drain(Millis{60000}));
  }
  EXPECT_EQ(ran, 50 * 200);
}

TEST(WorkerPool, RunsInOrderOfTimeWhatIsPutOff) {
  WorkerPool pool(1, 8);
  std::string order;
  std::promise<void> last;
  pool.postAfter(Millis{60}, [&] {
    order += '3';
    last.set_value();
  });
  pool.postAfter(Millis{1}, [&] { order += '1'; });
  pool.postAfter(Millis{30}, [&] { order += '2'; });
  last.get_future().wait();
  EXPECT_EQ(order, "123");
  pool.postAfter(Millis{3600'000}, [] { FAIL(); });
  EXPECT_TRUE(pool.drain(Millis{0}));
}

TEST(Strand, ChangesItsLane) {
  WorkerPool pool(1, 1000);
  Gatekeeper gate(pool);
  std::string order;
  Strand strand(pool, 8, Lane::Newcomers);
  Strand other(pool, 8, Lane::Newcomers);
  strand.setLane(Lane::Normal);
  ASSERT_TRUE(other.post([&] { order += 'n'; }));
  ASSERT_TRUE(strand.post([&] { order += '.'; }));
  gate.release();
  ASSERT_TRUE(pool.drain(Millis{10000}));
  EXPECT_EQ(order, ".n");
}

TEST(Strand, KeepsTheOrderWhileOthersRunBeside) {
  WorkerPool pool(4, 100000);
  constexpr int strands = 8;
  constexpr int tasks = 2000;
  std::vector<Strand> all;
  std::vector<std::vector<int>> seen(strands);
  for (int s = 0; s < strands; ++s) all.emplace_back(pool, tasks);
  for (int i = 0; i < tasks; ++i)
    for (int s = 0; s < strands; ++s)
      ASSERT_TRUE(
          all[static_cast<std::size_t>(s)].post([&seen, s, i] { seen[static_cast<std::size_t>(s)].push_back(i); }));
  ASSERT_TRUE(pool.drain(Millis{30000}));
  for (const auto& order : seen) {
    ASSERT_EQ(order.size(), static_cast<std::size_t>(tasks));
    EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
  }
}

TEST(Strand, WaitsWhileItIsHeldAndLeavesItsThreadToOthers) {
  WorkerPool pool(1, 100);
  Strand strand(pool, 8);
  Strand other(pool, 8);
  std::string order;
  std::shared_ptr<void> held;
  ASSERT_TRUE(strand.post([&] {
    order += 'a';
    held = strand.hold();
    const auto more = strand.hold();
  }));
  ASSERT_TRUE(strand.post([&] { order += 'c'; }));
  ASSERT_TRUE(other.post([&] { order += 'b'; }));
  ASSERT_TRUE(pool.drain(Millis{10000}));
  EXPECT_EQ(order, "ab");
  held.reset();
  ASSERT_TRUE(pool.drain(Millis{10000}));
  EXPECT_EQ(order, "abc");
  ASSERT_TRUE(strand.post([&] {
    held = strand.hold();
    held.reset();
  }));
  ASSERT_TRUE(strand.post([&] { order += 'd'; }));
  ASSERT_TRUE(pool.drain(Millis{10000}));
  EXPECT_EQ(order, "abcd") << "a hold that is gone before the task ends";
}

TEST(Strand, IsBoundedButTakesWhatMustNotBeLost) {
  WorkerPool pool(1, 1);
  Gatekeeper gate(pool);
  Strand strand(pool, 2);
  std::vector<int> seen;
  EXPECT_TRUE(strand.post([&] { seen.push_back(1); }));
  EXPECT_TRUE(strand.post([&] { seen.push_back(2); }));
  EXPECT_FALSE(strand.post([&] { seen.push_back(3); }));
  strand.postAccepted([&] { seen.push_back(4); });
  Strand other(pool, 2);
  EXPECT_FALSE(other.post([&] { seen.push_back(5); })) << "the pool's own queue is full";
  gate.release();
  ASSERT_TRUE(pool.drain(Millis{10000}));
  EXPECT_EQ(seen, (std::vector<int>{1, 2, 4}));
}

}  // namespace parley::base
