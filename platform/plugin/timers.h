// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/counters.h"
#include "base/worker_pool.h"

#include <parley/time.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

namespace parley::plugin {

/// Runs tasks at intervals, on the worker pool; a task that is still running or queued when its time comes misses that
/// turn. [any thread]
class Timers {
 public:
  using Id = std::uint64_t;

  /// With `ownThread` it keeps time by itself; else whoever owns it calls runDue.
  Timers(base::WorkerPool& workers, const Clock& clock, bool ownThread);
  ~Timers();
  Timers(const Timers&) = delete;
  Timers& operator=(const Timers&) = delete;

  Id add(Millis interval, std::function<void()> task);
  /// The task is not started any more; a run that is under way ends by itself.
  void remove(Id timer);

  /// Posts what is due. Returns when the next one is.
  Instant runDue();
  /// Turns that a full pool has not taken.
  std::uint64_t skipped() const { return skipped_.get(); }

 private:
  struct Timer {
    Millis interval;
    Instant due;
    std::shared_ptr<const std::function<void()>> task;
    std::shared_ptr<std::atomic<bool>> busy;
  };
  void keepTime();

  base::WorkerPool& workers_;
  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<Id, Timer> timers_;
  Id next_ = 1;
  bool stopping_ = false;
  std::uint64_t changes_ = 0;
  base::Counter skipped_;
  std::thread thread_;
};

}  // namespace parley::plugin
