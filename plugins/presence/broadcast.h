// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "audience.h"
#include "changes.h"

#include <parley/plugin.h>

#include <cstdint>
#include <optional>

namespace presence {

/// Tells the others what has changed: in turns, and no faster than the server and its clients can bear.
class Broadcast {
 public:
  struct Settings {
    parley::Millis interval{0};  ///< between two turns
    parley::Millis offlineDelay{0};
    std::int64_t waitingLimit = 0;
    std::int64_t eventsPerSecond = 0;  ///< to all clients together
  };

  Broadcast(parley::Scope& scope, Audience::Settings audience, const Settings& settings);

  /// Those who are there already are known to be.
  void start();
  void joined(const parley::hooks::UserJoin::Join& join);
  /// [any thread]
  void changed(const Changes::Change& change);
  /// Tells what is due. [worker], never twice at once
  void turn();

 private:
  /// Returns what it takes of the allowance: as many as were told, at least 1.
  std::int64_t tell(const Changes::Change& change);

  parley::Scope& scope_;
  Audience audience_;
  const parley::Millis interval_;
  const std::int64_t eventsPerSecond_;
  Changes changes_;
  parley::Metric& dropped_;
  std::int64_t allowance_ = 0;  ///< how many events may be sent now
  std::optional<parley::Instant> lastTurn_;
};

}  // namespace presence
