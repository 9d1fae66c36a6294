// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/counters.h"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>

namespace parley::storage {

/// How often a command took how long.
struct Durations {
  /// Upper bounds in seconds; what took longer than the last is counted behind it.
  static constexpr std::array<double, 9> bounds{0.0005, 0.002, 0.005, 0.02, 0.05, 0.2, 0.5, 2, 10};

  std::array<std::uint64_t, bounds.size() + 1> counts{};
  double seconds = 0;  ///< all together

  std::uint64_t total() const;
};

/// What a store has done since it was opened, in the terms that all drivers share. A command is what goes to the
/// database at a time: of SQLite one read, or the commit that several callers share; of MongoDB one command.
struct StoreFigures {
  Durations reads;
  Durations writes;
  std::uint64_t failed = 0;           ///< commands that the database did not carry out
  std::uint64_t slow = 0;             ///< commands that took longer than the setting says
  std::uint64_t retries = 0;          ///< writes that were sent again, since what became of them was unknown
  std::uint64_t writesDone = 0;       ///< single writes, of which a command may hold many
  base::Histogram::Figures batches;   ///< how many writes a command or commit held
  std::uint64_t writesQueued = 0;     ///< those that wait for their turn now
  std::uint64_t writesGathered = 0;   ///< those that may wait, and do now
  std::uint64_t writesGivenUp = 0;    ///< those that might have waited, but too many did
  std::uint64_t connections = 0;      ///< for calls that run at the same time
  std::uint64_t connectionsUsed = 0;  ///< now
};

/// Counts commands. [any thread]
class CommandCounters {
 public:
  enum class Kind { Read, Write };

  /// Commands that take at least that long are slow ones.
  explicit CommandCounters(std::chrono::milliseconds slow) : slow_(slow) {}

  /// Whether it was a slow one.
  bool ended(Kind kind, std::chrono::microseconds took, bool failed);
  void sentAgain(std::uint64_t writes) { retries_ += writes; }
  /// One command, or one commit, with so many writes.
  void wrote(std::uint64_t writes) {
    written_ += writes;
    batches_.add(writes);
  }

  /// Without what is true of this moment alone.
  StoreFigures figures() const;

 private:
  struct Counts {
    std::array<std::atomic<std::uint64_t>, Durations::bounds.size() + 1> buckets{};
    std::atomic<std::uint64_t> microseconds{0};
    Durations durations() const;
  };

  static constexpr std::array<std::uint64_t, 10> batchBounds{1, 2, 4, 8, 16, 32, 64, 128, 256, 512};

  const std::chrono::microseconds slow_;
  Counts reads_;
  Counts writes_;
  std::atomic<std::uint64_t> failed_{0};
  std::atomic<std::uint64_t> slowOnes_{0};
  std::atomic<std::uint64_t> retries_{0};
  std::atomic<std::uint64_t> written_{0};
  base::Histogram batches_{batchBounds};
};

}  // namespace parley::storage
