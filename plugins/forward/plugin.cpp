// SPDX-License-Identifier: Apache-2.0
#include "forwarding.h"

#include <parley/plugin.h>

#include <optional>

using namespace parley;

namespace {

class ForwardPlugin final : public Plugin {
  void setup(Scope& scope) override {
    forwarding_.emplace(scope, static_cast<std::size_t>(scope.config().integer("maxTargets")));
    const auto asSender = [] { return Access::joined().actingAs("userId").limitedAs(RateClass::Message); };
    scope.deferredEvent("message:forward", asSender(),
                        [this](const EventCall& call, const Reply& reply) { forwarding_->forward(call, reply); });
    scope.deferredRoute("POST", "/api/chat/messages/:messageId/forward", asSender(),
                        [this](const HttpCall& call, const HttpReply& reply) { forwarding_->forward(call, reply); });
  }

  std::optional<forwarding::Forwarding> forwarding_;
};

}  // namespace

PARLEY_PLUGIN(ForwardPlugin, .name = "forward", .version = "1.0.0", .summary = "Sends copies of messages elsewhere")
