// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/time.h>

#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace parley::storage::mongodb {

/// Lets so many calls to the database run at the same time. While it answers, others wait for their turn; when no call
/// has begun or ended for some time, it does not answer, and they are refused at once: whoever waits for it keeps a
/// worker from those who need no database. [any thread]
class CallGate {
 public:
  CallGate(std::size_t calls, Millis patience) : calls_(calls), patience_(patience) {}

  /// Throws Error UNAVAILABLE. Each enter() is followed by a leave().
  void enter();
  void leave();

 private:
  const std::size_t calls_;
  const Millis patience_;
  std::mutex mutex_;
  std::condition_variable left_;
  std::size_t running_ = 0;
  Instant moved_{};  // when the last call began or ended
};

}  // namespace parley::storage::mongodb
