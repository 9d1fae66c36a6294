// SPDX-License-Identifier: Apache-2.0
#include "deleting.h"
#include "history.h"
#include "sending.h"
#include "syncing.h"

#include <parley/plugin.h>

#include <optional>

using namespace parley;

namespace {

class MessagingPlugin final : public Plugin {
  void setup(Scope& scope) override {
    const auto asSender = [] {
      return Access::joined().actingAs("senderId").participantOf("sessionId").limitedAs(RateClass::Message);
    };
    sending_.emplace(scope);
    scope.deferredEvent("message:send", asSender(),
                        [this](const EventCall& call, const Reply& reply) { sending_->send(call, reply); });
    scope.deferredRoute("POST", "/api/chat/messages", asSender(),
                        [this](const HttpCall& call, const HttpReply& reply) { sending_->send(call, reply); });
    scope.before<hooks::MessageSend>([this](auto& draft) { sending_->choosePrivateSession(draft); },
                                     {.onFailure = OnHookFailure::Block, .order = -1000, .deadline = Millis(2000)});

    const auto reading = [] { return Access::joined().limitedAs(RateClass::Read); };
    const auto& config = scope.config();
    history_.emplace(scope, config.integer("historyPageSize"), config.integer("sessionsPageSize"));
    scope.event("chat:history", reading().participantOf("sessionId"),
                [this](const EventCall& call) { return history_->messages(call); });
    scope.route("GET", "/api/chat/messages/:sessionId", reading().participantOf("sessionId"),
                [this](const HttpCall& call) { return history_->messages(call); });
    scope.route("GET", "/api/chat/sessions/:userId", reading().actingAs("userId"),
                [this](const HttpCall& call) { return history_->sessions(call); });

    deleting_.emplace(scope);
    scope.route("DELETE", "/api/chat/messages/:messageId", Access::joined().actingAs("userId").audited(),
                [this](const HttpCall& call) { return deleting_->remove(call); });
    scope.after<hooks::MessageChanged>([this](const auto& change) { deleting_->announce(change); },
                                       {.deadline = Millis(2000)});

    syncing_.emplace(scope, messaging::SyncLimits{config.integer("syncSessions"), config.integer("syncMessages"),
                                                  config.integer("syncSessionMessages"), config.integer("syncOthers"),
                                                  config.integer("syncBytes")});
    scope.event("sync", reading(), [this](const EventCall& call) { return syncing_->sync(call); });
  }

  std::optional<messaging::Sending> sending_;
  std::optional<messaging::History> history_;
  std::optional<messaging::Deleting> deleting_;
  std::optional<messaging::Syncing> syncing_;
};

}  // namespace

PARLEY_PLUGIN(MessagingPlugin, .name = "messaging", .version = "1.0.0",
              .summary = "Sends and deletes messages, shows the history", .startsAfter = {"private_chat"})
