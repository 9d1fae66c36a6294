// SPDX-License-Identifier: Apache-2.0
#include "base/counters.h"
#include "base/episode.h"

#include <gtest/gtest.h>

#include <thread>

namespace parley::base {

TEST(Histogram, CountsUpToEachBound) {
  static constexpr std::array<std::uint64_t, 3> bounds{1, 10, 100};
  Histogram histogram(bounds);
  for (const std::uint64_t value : {0, 1, 2, 10, 11, 100, 101, 5000}) histogram.add(value);
  const auto figures = histogram.figures();
  EXPECT_EQ(figures.counts, (std::vector<std::uint64_t>{2, 2, 2, 2}));
  EXPECT_EQ(figures.sum, 5225U);
  EXPECT_EQ(figures.total(), 8U);
}

TEST(CallBook, HasOneCounterForEachName) {
  using std::chrono::microseconds;
  CallBook book;
  book.of("b").ended(microseconds{600}, 0);
  book.of("b").ended(std::chrono::seconds{60}, 3);
  book.of("a").ended(microseconds{-1}, 0);
  const auto all = book.all();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].first, "a");
  EXPECT_EQ(all[0].second->durations().sum, 0U) << "a clock never goes back";
  EXPECT_EQ(all[1].second->count(0), 1U);
  EXPECT_EQ(all[1].second->count(3), 1U);
  EXPECT_EQ(all[1].second->durations().counts.at(1), 1U);
  EXPECT_EQ(all[1].second->durations().counts.back(), 1U);
}

TEST(CallBook, LosesNoCallOfManyThreads) {
  CallBook book;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&book] {
      for (int k = 0; k < 1000; ++k) book.of("call").ended(std::chrono::milliseconds{1}, k % 2 == 0 ? 0 : 1);
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(book.of("call").count(0), 2000U);
  EXPECT_EQ(book.of("call").count(1), 2000U);
  EXPECT_EQ(book.of("call").durations().sum, 4'000'000U);
}

TEST(Episode, IsToldAtItsBeginningAndAtItsEnd) {
  Episode episode;
  const Instant now = Instant{} + std::chrono::hours{1};
  EXPECT_EQ(episode.ended(), std::nullopt);
  EXPECT_TRUE(episode.failed(now));
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(episode.failed(now + std::chrono::seconds{i}));
  EXPECT_EQ(episode.ended(), 6U);
  EXPECT_EQ(episode.ended(), std::nullopt);
}

TEST(Episode, ThatGoesOnIsToldOnceAMinute) {
  Episode episode;
  const Instant now = Instant{} + std::chrono::hours{1};
  std::vector<std::uint64_t> told;
  for (int second = 0; second < 150; ++second)
    if (const auto failures = episode.failed(now + std::chrono::seconds{second})) told.push_back(*failures);
  EXPECT_EQ(told, (std::vector<std::uint64_t>{1, 61, 121}));
}

TEST(Episode, MayWantACalmBeforeItsEnd) {
  constexpr std::chrono::seconds calm{60};
  Episode episode;
  const Instant now = Instant{} + std::chrono::hours{1};
  EXPECT_EQ(episode.ended(now, calm), std::nullopt);
  EXPECT_EQ(episode.failed(now), 1U);
  EXPECT_FALSE(episode.failed(now + std::chrono::seconds{30}));
  EXPECT_EQ(episode.ended(now + calm, calm), std::nullopt);
  EXPECT_TRUE(episode.goesOn());
  EXPECT_EQ(episode.ended(now + std::chrono::seconds{90}, calm), 2U);
  EXPECT_FALSE(episode.goesOn());
}

TEST(Episode, ThatComesAndGoesIsToldNowAndThen) {
  Episode episode;
  const Instant now = Instant{} + std::chrono::hours{1};
  EXPECT_TRUE(episode.failed(now));
  EXPECT_TRUE(episode.ended());
  EXPECT_FALSE(episode.failed(now + std::chrono::seconds{1}));
  EXPECT_FALSE(episode.ended());
  EXPECT_TRUE(episode.failed(now + Episode::quiet));
  EXPECT_EQ(episode.ended(), 1U);
}

}  // namespace parley::base
