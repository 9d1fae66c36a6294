// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/time.h>

namespace parley::base {

/// The machine's clocks.
class SystemClock final : public Clock {
 public:
  Time now() const override { return std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now()); }
  Instant steady() const override { return std::chrono::steady_clock::now(); }
};

}  // namespace parley::base
