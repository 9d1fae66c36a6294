// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/time.h>

#include <algorithm>
#include <chrono>

namespace parley::base {

/// When a delay that begins at `from` is over: at the end of time at the latest, however long the delay is.
inline Instant dueAfter(Instant from, Millis delay) {
  return from + std::min(delay, std::chrono::duration_cast<Millis>(Instant::max() - from));
}

/// The machine's clocks.
class SystemClock final : public Clock {
 public:
  Time now() const override { return std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now()); }
  Instant steady() const override { return std::chrono::steady_clock::now(); }
};

}  // namespace parley::base
