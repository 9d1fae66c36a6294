// SPDX-License-Identifier: Apache-2.0
#include "receipts.h"

#include <parley/plugin.h>

#include <optional>

using namespace parley;

namespace {

class ReadReceiptsPlugin final : public Plugin {
  void setup(Scope& scope) override {
    const auto& config = scope.config();
    receipts_.emplace(scope, read_receipts::Settings{static_cast<std::size_t>(config.integer("messagesPerCall")),
                                                     config.integer("statusesPerRead"),
                                                     static_cast<std::size_t>(config.integer("toldMembers"))});
    const auto asReader = [] { return Access::joined().actingAs("userId").limitedAs(RateClass::Read); };
    scope.deferredEvent("message:read", asReader(),
                        [this](const EventCall& call, const Reply& reply) { receipts_->readMessages(call, reply); });
    scope.deferredEvent("session:read", asReader().participantOf("sessionId"),
                        [this](const EventCall& call, const Reply& reply) { receipts_->readSession(call, reply); });
    scope.event("unread:count", asReader(), [this](const EventCall& call) { return receipts_->unread(call); });
    scope.deferredRoute("PUT", "/api/chat/messages/:messageId/read", asReader(),
                        [this](const HttpCall& call, const HttpReply& reply) { receipts_->readMessage(call, reply); });
    scope.route("GET", "/api/chat/messages/unread/:userId", asReader(),
                [this](const HttpCall& call) { return receipts_->unread(call); });
  }

  std::optional<read_receipts::Receipts> receipts_;
};

}  // namespace

PARLEY_PLUGIN(ReadReceiptsPlugin, .name = "read_receipts", .version = "1.0.0",
              .summary = "Takes down what was read and counts what was not")
