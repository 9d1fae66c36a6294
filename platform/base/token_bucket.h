// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/time.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>

namespace parley::base {

/// So many at once, so many per second in the long run.
struct Rate {
  double perSecond = 0;  ///< 0: no limit
  double burst = 1;      ///< at least 1
};

/// A wait as Retry-After tells it (RFC 9110 section 10.2.3): in whole seconds, from one to an hour.
inline int retryAfter(std::chrono::duration<double> wait) {
  constexpr double longest = 3600;
  return std::max(1, static_cast<int>(std::ceil(std::min(wait.count(), longest))));
}

/// What one caller has left of a Rate. Not thread-safe.
class TokenBucket {
 public:
  /// Zero when a token was there and is taken, else how long to wait for one.
  std::chrono::duration<double> take(Instant now, const Rate& rate) {
    tokens_ = left(now, rate);
    last_ = now;
    if (tokens_ < 1) return std::chrono::duration<double>((1 - tokens_) / rate.perSecond);
    tokens_ -= 1;
    return {};
  }

  /// Whether it is as good as a new one.
  bool isFull(Instant now, const Rate& rate) const { return left(now, rate) >= rate.burst; }

 private:
  double left(Instant now, const Rate& rate) const {
    if (!last_) return rate.burst;
    return std::min(rate.burst, tokens_ + rate.perSecond * std::chrono::duration<double>(now - *last_).count());
  }

  std::optional<Instant> last_;
  double tokens_ = 0;
};

}  // namespace parley::base
