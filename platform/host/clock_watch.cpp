// SPDX-License-Identifier: Apache-2.0
#include "host/clock_watch.h"

#include "base/log.h"

#include <utility>

namespace parley::host {

namespace {
/// What keeps the time right moves it by less between two looks.
constexpr Millis least{1000};
}  // namespace

ClockWatch::ClockWatch(const Clock& clock) : clock_(clock), seen_(ahead()) {}

void ClockWatch::look() {
  const auto now = ahead();
  const auto moved = now - std::exchange(seen_, now);
  if (abs(moved) < least) return;
  base::log("host").warn("the system's time went {} by {} s", moved > Millis{0} ? "ahead" : "back",
                         std::chrono::round<std::chrono::seconds>(abs(moved)).count());
}

/// Of the wall clock to the steady one.
Millis ClockWatch::ahead() const {
  return clock_.now().time_since_epoch() - std::chrono::duration_cast<Millis>(clock_.steady().time_since_epoch());
}

}  // namespace parley::host
