// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

namespace parley::plugin {

/// Plugins that failed too often, for a thread that does something about it. [any thread]
class Alarms {
 public:
  using Act = std::function<void(const std::string& plugin, const std::string& reason)>;

  explicit Alarms(Act act);
  ~Alarms();
  Alarms(const Alarms&) = delete;
  Alarms& operator=(const Alarms&) = delete;

  /// Called inside of the failing call: only notes it down.
  void raise(const std::string& plugin, const std::string& reason);

  /// What is being done is finished; nothing else is begun. Idempotent.
  void stop();

 private:
  void watch();

  const Act act_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, std::string> pending_;  ///< at most one per plugin
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace parley::plugin
