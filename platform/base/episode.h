// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/time.h>

#include <chrono>
#include <cstdint>
#include <optional>

namespace parley::base {

/// Keeps a fault that every call meets, such as a full disk, from filling the log: its beginning is worth a line, so is
/// that it goes on, now and then, and so is its end, unless it comes and goes all the time. [one thread at a time]
class Episode {
 public:
  static constexpr std::chrono::seconds quiet{10};     ///< from a line of failure to the next beginning
  static constexpr std::chrono::seconds reminder{60};  ///< from a line to the next while it goes on

  /// One more failure: how many there were, when it is to be told.
  std::optional<std::uint64_t> failed(Instant now) {
    last_ = now;
    ++failures_;
    if (told_ && now - *told_ < (goesOn_ ? reminder : quiet)) return std::nullopt;
    if (!goesOn_) failures_ = 1;
    goesOn_ = true;
    told_ = now;
    return failures_;
  }

  /// Whether its beginning was told, and not its end.
  bool goesOn() const { return goesOn_; }

  /// It is over: the number of failures, when the beginning was told.
  std::optional<std::uint64_t> ended() {
    if (!goesOn_) return std::nullopt;
    goesOn_ = false;
    return failures_;
  }
  /// The same where a success is no end, as that of a small write on a full disk: only when there was no failure for as
  /// long.
  std::optional<std::uint64_t> ended(Instant now, std::chrono::seconds calm) {
    return goesOn_ && now - last_ >= calm ? ended() : std::nullopt;
  }

 private:
  std::optional<Instant> told_;
  Instant last_{};
  std::uint64_t failures_ = 0;
  bool goesOn_ = false;
};

}  // namespace parley::base
