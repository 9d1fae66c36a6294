// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/time.h>

#include <chrono>
#include <cstdint>
#include <optional>

namespace parley::base {

/// Keeps a fault that every call meets, such as a full disk, from filling the log: its beginning is worth a line and so
/// is its end, unless it comes and goes all the time. [one thread at a time]
class Episode {
 public:
  static constexpr std::chrono::seconds quiet{10};  ///< from one beginning that is told to the next

  /// One more failure: true when it is to be told.
  bool failed(Instant now) {
    ++failures_;
    if (isTold_ || (begun_ && now - *begun_ < quiet)) return false;
    isTold_ = true;
    begun_ = now;
    failures_ = 1;
    return true;
  }

  /// It is over: the number of failures, when the beginning was told.
  std::optional<std::uint64_t> ended() {
    if (!isTold_) return std::nullopt;
    isTold_ = false;
    return failures_;
  }

 private:
  std::optional<Instant> begun_;
  std::uint64_t failures_ = 0;
  bool isTold_ = false;
};

}  // namespace parley::base
