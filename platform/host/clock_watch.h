// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/time.h>

namespace parley::host {

/// Notices when the system's time is set, or the machine has slept: the wall clock goes another way than the steady
/// one. [one thread]
class ClockWatch {
 public:
  explicit ClockWatch(const Clock& clock);
  /// Says in the log what has happened since the last look.
  void look();

 private:
  Millis ahead() const;

  const Clock& clock_;
  Millis seen_;
};

}  // namespace parley::host
