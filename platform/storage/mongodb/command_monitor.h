// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/mongodb/bson.h"

#include <parley/time.h>

#include <atomic>
#include <cstdint>

namespace parley::storage::mongodb {

/// What the commands to the database have been, since the start.
struct CommandFigures {
  std::uint64_t commands = 0;
  std::uint64_t failed = 0;
  std::uint64_t slow = 0;
  std::uint64_t microseconds = 0;
};

/// Hears of each command: counts it, and logs a slow one with its name, collection and time, never with its values.
class CommandMonitor {
 public:
  explicit CommandMonitor(Millis slow) : slow_(slow) {}

  /// Before the pool lends its first client; must outlive the pool.
  void watch(mongoc_client_pool_t* pool);

  CommandFigures figures() const;  ///< [any thread]

 private:
  void ended(const char* command, std::int64_t microseconds, bool failed);

  static void onStarted(const mongoc_apm_command_started_t* event);
  static void onSucceeded(const mongoc_apm_command_succeeded_t* event);
  static void onFailed(const mongoc_apm_command_failed_t* event);

  Millis slow_;
  std::atomic<std::uint64_t> commands_{0};
  std::atomic<std::uint64_t> failed_{0};
  std::atomic<std::uint64_t> slowOnes_{0};
  std::atomic<std::uint64_t> microseconds_{0};
};

}  // namespace parley::storage::mongodb
