// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/time.h>

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

namespace parley::plugin {

/// Looks at the steps of plugins' lives that the host waits for: one that takes long is named in the log, and again
/// each time it has taken twice as long.
class StepWatch {
 public:
  explicit StepWatch(Millis slow);
  ~StepWatch();
  StepWatch(const StepWatch&) = delete;
  StepWatch& operator=(const StepWatch&) = delete;

  /// One step, from here to its destruction. One at a time.
  class Step {
   public:
    /// `name`: "moderation: start".
    Step(StepWatch& watch, std::string name);
    ~Step();
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    StepWatch& watch_;
  };

  /// The step there is now; empty: none. [any thread]
  std::string running() const;

 private:
  void change(std::string name);
  void watch();

  const Millis slow_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::string name_;  ///< empty: there is no step
  std::chrono::steady_clock::time_point begin_;
  std::uint64_t changes_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace parley::plugin
