// SPDX-License-Identifier: Apache-2.0
#include "relay.h"

#include <parley/plugin.h>

#include <optional>

using namespace parley;

namespace {

/// How late an end may be told.
constexpr Millis sweepInterval{250};

class TypingPlugin final : public Plugin {
  void setup(Scope& scope) override {
    const auto& config = scope.config();
    relay_.emplace(scope, typing::Settings{Millis(config.integer("timeout")),
                                           static_cast<std::size_t>(config.integer("maxMembers")),
                                           static_cast<std::size_t>(config.integer("maxTyping"))});
    const auto asTypist = [] { return Access::joined().actingAs("userId").participantOf("sessionId"); };
    scope.event("typing:start", asTypist(), [this](const EventCall& call) { return relay_->start(call); });
    scope.event("typing:stop", asTypist(), [this](const EventCall& call) { return relay_->stop(call); });
    scope.timer(sweepInterval, [this] { relay_->sweep(); });
  }

  std::optional<typing::Relay> relay_;
};

}  // namespace

PARLEY_PLUGIN(TypingPlugin, .name = "typing", .version = "1.0.0", .summary = "Tells the others who is typing")
