// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/time.h>

#include <condition_variable>
#include <mutex>
#include <thread>

namespace parley::host {

/// Ends the process, with exit code 70, when it is not destroyed before the deadline: whatever hangs while the server
/// shuts down, it is gone in time.
class Watchdog {
 public:
  explicit Watchdog(Millis deadline);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  bool done_ = false;
  std::thread thread_;
};

}  // namespace parley::host
