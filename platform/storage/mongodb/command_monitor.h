// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/mongodb/bson.h"
#include "storage/store_figures.h"

#include <parley/time.h>

#include <cstdint>

namespace parley::storage::mongodb {

/// Hears of each command: counts it, and logs a slow one with its name, collection and time, never with its values.
class CommandMonitor {
 public:
  explicit CommandMonitor(Millis slow) : counters_(slow) {}

  /// Before the pool lends its first client; must outlive the pool.
  void watch(mongoc_client_pool_t* pool);

  CommandCounters& counters() { return counters_; }
  const CommandCounters& counters() const { return counters_; }

 private:
  void ended(const char* command, std::int64_t microseconds, bool failed);

  static void onStarted(const mongoc_apm_command_started_t* event);
  static void onSucceeded(const mongoc_apm_command_succeeded_t* event);
  static void onFailed(const mongoc_apm_command_failed_t* event);

  CommandCounters counters_;
};

}  // namespace parley::storage::mongodb
