// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

namespace parley::plugin {

/// Plugins that failed too often, for a thread that does something about it. [any thread]
class Alarms {
 public:
  /// One of the times a plugin was started: it may run anew by the time an alarm is acted upon.
  struct Run {
    std::string plugin;
    std::uint64_t number = 0;
    auto operator<=>(const Run&) const = default;
  };
  using Act = std::function<void(const Run& run, const std::string& reason)>;

  explicit Alarms(Act act);
  ~Alarms();
  Alarms(const Alarms&) = delete;
  Alarms& operator=(const Alarms&) = delete;

  /// Called inside of the failing call: only notes it down.
  void raise(const Run& run, const std::string& reason);

  /// What is being done is finished; nothing else is begun. Idempotent.
  void stop();

 private:
  void watch();

  const Act act_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<Run, std::string> pending_;  ///< at most one for each
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace parley::plugin
