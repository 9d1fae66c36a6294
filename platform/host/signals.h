// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/time.h>

#include <csignal>
#include <optional>

namespace parley::host {

/// The signals that the server acts on, taken one at a time by one thread instead of by handlers. Make it before any
/// thread starts, so that all of them inherit the mask.
class Signals {
 public:
  enum class Request { Terminate, Reload };

  Signals();
  /// Waits for SIGTERM, SIGINT or SIGQUIT (Terminate), or SIGHUP (Reload), so long at most.
  std::optional<Request> wait(Millis atMost) const;
  /// Whether wait() would give Terminate now, or after others.
  bool terminationWaits() const;

 private:
  sigset_t set_{};
};

}  // namespace parley::host
