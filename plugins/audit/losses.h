// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/scope.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>

namespace audit {

/// Entries that one place could not take: each is counted, and told is when that begins and when it is over. [any
/// thread]
class Losses {
 public:
  /// `place`: "the store", "the file" …
  Losses(parley::Log& log, parley::Metric& lost, std::string place)
      : log_(log), lost_(lost), place_(std::move(place)) {}

  void add(const std::string& why) {
    lost_.add();
    if (inARow_.fetch_add(1) == 0)
      log_.error("entries of the trail are lost, " + place_ + " does not take them: " + why);
  }

  /// An entry was taken.
  void end() {
    if (inARow_.load(std::memory_order_relaxed) == 0) return;
    if (const auto lost = inARow_.exchange(0); lost > 0)
      log_.info(place_ + " takes entries of the trail again, after " + std::to_string(lost) + " were lost");
  }

 private:
  parley::Log& log_;
  parley::Metric& lost_;
  const std::string place_;
  std::atomic<std::uint64_t> inARow_{0};
};

}  // namespace audit
