// SPDX-License-Identifier: Apache-2.0
#include "figures.h"

#include <parley/plugin.h>

#include <optional>

using namespace parley;

namespace {

constexpr Millis fillInterval{1000};

class StatsPlugin final : public Plugin {
  void setup(Scope& scope) override {
    figures_.emplace(scope, scope.config().integer("maxDays"));
    scope.collection(stats::DayEnds::collection());
    scope.route("GET", "/api/chat/stats/:userId", Access::joined().actingAs("userId").limitedAs(RateClass::Read),
                [this](const HttpCall& call) { return figures_->show(call); });
    scope.timer(fillInterval,
                [this, sessions = scope.config().integer("fillSessions")] { figures_->fillSome(sessions); });
  }

  std::optional<stats::Figures> figures_;
};

}  // namespace

PARLEY_PLUGIN(StatsPlugin, .name = "stats", .version = "1.0.0",
              .summary = "Counts a user's messages, in all and by day")
