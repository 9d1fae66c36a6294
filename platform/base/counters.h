// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

// What is counted while the server runs, at the cost of a few instructions, and read when somebody asks.

namespace parley::base {

/// A number that one thread changes and any may read.
class OwnCounter {
 public:
  void add(std::uint64_t count) { value_.store(get() + count, std::memory_order_relaxed); }
  void subtract(std::uint64_t count) { value_.store(get() - count, std::memory_order_relaxed); }
  std::uint64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// A number that only grows. [any thread]
class Counter {
 public:
  void add(std::uint64_t count = 1) { value_.fetch_add(count, std::memory_order_relaxed); }
  std::uint64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// How many values were at most as large as each bound, and what they are together. [any thread]
class Histogram {
 public:
  static constexpr std::size_t maxBounds = 15;

  /// `bounds`: ascending, no more than `maxBounds`; they outlive the histogram.
  explicit Histogram(std::span<const std::uint64_t> bounds) : bounds_(bounds) {}

  void add(std::uint64_t value) {
    std::size_t bucket = 0;
    while (bucket < bounds_.size() && value > bounds_[bucket]) ++bucket;
    buckets_.at(bucket).add();
    sum_.add(value);
  }

  struct Figures {
    std::span<const std::uint64_t> bounds;
    std::vector<std::uint64_t> counts;  ///< for each bound those since the one before, then those beyond the last
    std::uint64_t sum = 0;

    std::uint64_t total() const {
      std::uint64_t all = 0;
      for (const auto count : counts) all += count;
      return all;
    }
  };
  Figures figures() const {
    Figures figures{bounds_, {}, sum_.get()};
    for (std::size_t i = 0; i <= bounds_.size(); ++i) figures.counts.push_back(buckets_.at(i).get());
    return figures;
  }

 private:
  const std::span<const std::uint64_t> bounds_;
  std::array<Counter, maxBounds + 1> buckets_;
  Counter sum_;
};

/// How the calls of one name have gone, and how long they took. [any thread]
class CallCounter {
 public:
  static constexpr std::size_t outcomes = 16;
  static constexpr std::array<std::uint64_t, 13> microseconds{
      500, 1'000, 2'500, 5'000, 10'000, 25'000, 50'000, 100'000, 250'000, 500'000, 1'000'000, 2'500'000, 10'000'000};

  /// `outcome`: a number below `outcomes` that whoever counts gives a meaning.
  template <typename Duration>
  void ended(Duration took, std::size_t outcome) {
    const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
    durations_.add(micros > 0 ? static_cast<std::uint64_t>(micros) : 0);
    outcomes_.at(outcome).add();
  }

  /// In microseconds.
  Histogram::Figures durations() const { return durations_.figures(); }
  std::uint64_t count(std::size_t outcome) const { return outcomes_.at(outcome).get(); }

 private:
  Histogram durations_{microseconds};
  std::array<Counter, outcomes> outcomes_;
};

/// A counter for each name. [any thread]
class CallBook {
 public:
  /// The same one for the same name; valid as long as the book.
  CallCounter& of(const std::string& name) {
    const std::lock_guard lock(mutex_);
    return counters_[name];
  }
  /// By name; valid as long as the book.
  std::vector<std::pair<std::string, const CallCounter*>> all() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::pair<std::string, const CallCounter*>> all;
    for (const auto& [name, counter] : counters_) all.emplace_back(name, &counter);
    return all;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, CallCounter> counters_;
};

}  // namespace parley::base
