// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/store.h>
#include <parley/time.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

namespace parley::chat::migration {

/// Completes a database that a Mongoose server with the standard models has written: members and pairs of sessions
/// (SessionPass), then `seq` of messages and what everybody has read (MessagePass). What that server reads stays as it
/// is. For the time before clients come; one process at a time.
///
/// Every step is a few hundred writes that may be done twice, and ends with a mark of how far they have come, so that
/// the process may end at any moment: the next one goes on from there.
class Migration {
 public:
  using StopAsked = std::function<bool()>;

  /// The collections must be defined. What is referred to outlives it.
  Migration(Store& store, const Clock& clock);

  /// Whether there is something to do: a few reads of single documents. Also when another server has written again
  /// after an earlier migration.
  bool isNeeded();
  /// Carries it out, or goes on with it. False when it was asked to stop before the end. Throws Error.
  bool run(const StopAsked& stopAsked);

  /// Messages that were looked at. [any thread]
  std::int64_t done() const { return done_; }
  /// How many there are; 0 as long as that is not known. [any thread]
  std::int64_t total() const { return total_; }

 private:
  void prepare();
  void note(std::int64_t messages);

  Store& store_;
  const Clock& clock_;
  Document mark_;  ///< as stored; empty before the first run
  std::atomic<std::int64_t> done_{0};
  std::atomic<std::int64_t> total_{0};
  Instant told_{};
};

}  // namespace parley::chat::migration
