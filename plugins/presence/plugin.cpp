// SPDX-License-Identifier: Apache-2.0
#include "broadcast.h"
#include "people.h"

#include <parley/plugin.h>

#include <optional>

using namespace parley;

namespace {

class PresencePlugin final : public Plugin {
  void setup(Scope& scope) override {
    const auto& config = scope.config();
    people_.emplace(scope);
    broadcast_.emplace(
        scope,
        presence::Audience::Settings{config.text("audience"), config.integer("everyoneLimit"),
                                     config.integer("contactSessions"), config.integer("contactGroupLimit"),
                                     config.integer("contactLimit")},
        presence::Broadcast::Settings{Millis(config.integer("interval")), Millis(config.integer("offlineDelay")),
                                      config.integer("waitingLimit"), config.integer("eventsPerSecond")});

    scope.event("users:online", Access::joined().limitedAs(RateClass::Read),
                [this](const EventCall& call) { return people_->onlineFor(call); });
    scope.event("user:status:update", Access::joined(),
                [this](const EventCall& call) { return people_->setStatus(call); });
    scope.route("GET", "/api/chat/users/online", Access::joined().limitedAs(RateClass::Read),
                [this](const HttpCall&) { return people_->online(); });
    scope.after<hooks::UserJoin>([this](const auto& join) { broadcast_->joined(join); });
    scope.after<hooks::PresenceChanged>([this](const auto& change) { broadcast_->changed(change); });
    scope.timer(Millis(config.integer("interval")), [this] { broadcast_->turn(); });
  }

  void start() override { broadcast_->start(); }

  std::optional<presence::People> people_;
  std::optional<presence::Broadcast> broadcast_;
};

}  // namespace

PARLEY_PLUGIN(PresencePlugin, .name = "presence", .version = "1.0.0", .summary = "Tells who is online")
