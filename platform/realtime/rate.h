// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/time.h>

#include <algorithm>
#include <chrono>
#include <optional>

namespace parley::realtime {

/// A token bucket: `burst` at once, `perSecond` in the long run. Not thread-safe.
class Rate {
 public:
  bool take(Instant now, double perSecond, double burst) {
    if (!last_)
      tokens_ = burst;
    else
      tokens_ = std::min(burst, tokens_ + perSecond * std::chrono::duration<double>(now - *last_).count());
    last_ = now;
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }

 private:
  std::optional<Instant> last_;
  double tokens_ = 0;
};

}  // namespace parley::realtime
