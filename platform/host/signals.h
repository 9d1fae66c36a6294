// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/time.h>

#include <atomic>
#include <condition_variable>
#include <csignal>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

namespace parley::host {

/// The signals that the server acts on, taken by a thread of their own instead of by handlers: one that comes is
/// noticed at once, whatever the others are at. Make it before any other thread starts, so that all of them inherit the
/// mask.
class Signals {
 public:
  enum class Request { Terminate, Reload };

  /// `onTermination` is called, on that thread, when the first SIGTERM, SIGINT or SIGQUIT comes.
  explicit Signals(std::function<void()> onTermination);
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  /// Waits for SIGTERM, SIGINT or SIGQUIT (Terminate), or SIGHUP (Reload), so long at most. Terminate comes first, and
  /// stays.
  std::optional<Request> wait(Millis atMost);
  /// When Terminate came, if it has. [any thread]
  std::optional<Instant> termination() const;

 private:
  void take();

  const std::function<void()> onTermination_;
  sigset_t set_{};
  mutable std::mutex mutex_;
  std::condition_variable came_;
  std::optional<Instant> termination_;
  bool reload_ = false;
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

}  // namespace parley::host
