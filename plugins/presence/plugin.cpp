// SPDX-License-Identifier: Apache-2.0
#include "broadcast.h"

#include <parley/plugin.h>

#include <optional>

using namespace parley;

namespace {

class PresencePlugin final : public Plugin {
  void setup(Scope& scope) override {
    const auto& config = scope.config();
    broadcast_.emplace(scope, presence::Settings{config.text("audience"), config.integer("everyoneLimit"),
                                                 config.integer("contactSessions")});
    scope.event("users:online", Access::joined(),
                [this](const EventCall& call) { return broadcast_->onlineFor(call); });
    scope.event("user:status:update", Access::joined(),
                [this](const EventCall& call) { return broadcast_->setStatus(call); });
    scope.route("GET", "/api/chat/users/online", Access::joined(),
                [this](const HttpCall&) { return broadcast_->online(); });
    scope.after<hooks::PresenceChanged>([this](const auto& change) { broadcast_->announce(change); },
                                        {.deadline = Millis(2000)});
  }

  std::optional<presence::Broadcast> broadcast_;
};

}  // namespace

PARLEY_PLUGIN(PresencePlugin, .name = "presence", .version = "1.0.0", .summary = "Tells who is online")
