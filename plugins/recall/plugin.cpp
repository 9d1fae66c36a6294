// SPDX-License-Identifier: Apache-2.0
#include "recalls.h"

#include <parley/plugin.h>

#include <optional>

using namespace parley;

namespace {

class RecallPlugin final : public Plugin {
  void setup(Scope& scope) override {
    recalls_.emplace(scope,
                     recall::Settings{Millis(scope.config().integer("window")), scope.config().flag("moderators")});
    const auto asCaller = [] { return Access::joined().actingAs("userId").audited(); };
    scope.event("message:recall", asCaller(), [this](const EventCall& call) { return recalls_->recall(call); });
    scope.route("PUT", "/api/chat/messages/:messageId/recall", asCaller(),
                [this](const HttpCall& call) { return recalls_->recall(call); });
    scope.after<hooks::MessageChanged>([this](const auto& change) { recalls_->announce(change); });
  }

  std::optional<recall::Recalls> recalls_;
};

}  // namespace

PARLEY_PLUGIN(RecallPlugin, .name = "recall", .version = "1.0.0", .summary = "Takes back what was written")
