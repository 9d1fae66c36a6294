// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/time.h>

#include <condition_variable>
#include <csignal>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

namespace parley::host {

/// The signals that the server acts on, taken by a thread of its own instead of by handlers, whatever the others are
/// busy with. Make it before any other thread starts, so that all of them inherit the mask.
class Signals {
 public:
  enum class Request { Terminate, Reload };

  /// `onTerminate` is called at once for each SIGTERM, SIGINT or SIGQUIT. [that thread]
  explicit Signals(std::function<void()> onTerminate);
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  /// Waits for SIGTERM, SIGINT or SIGQUIT (Terminate), or SIGHUP (Reload), so long at most.
  std::optional<Request> wait(Millis atMost);
  /// Whether wait() would give Terminate now.
  bool terminationWaits() const;

 private:
  void take();

  const std::function<void()> onTerminate_;
  sigset_t set_{};
  mutable std::mutex mutex_;
  std::condition_variable came_;
  bool terminate_ = false;
  bool reload_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace parley::host
