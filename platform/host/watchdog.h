// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/time.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace parley::host {

/// Ends the process, with exit code 70, when it is not destroyed in time after its start: whatever hangs when the
/// server is to shut down, it is gone by then.
class Watchdog {
 public:
  explicit Watchdog(Millis deadline) : deadline_(deadline) {}
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  /// From the first call on the time counts. [one thread]
  void start();
  /// `whatHolds` is asked then for what is in the way; empty: nobody is. [any thread]
  void ask(std::function<std::string()> whatHolds);

 private:
  void watch();
  void tell();

  const Millis deadline_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool done_ = false;
  std::function<std::string()> whatHolds_;
  std::thread thread_;
};

}  // namespace parley::host
