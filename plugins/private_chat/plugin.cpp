// SPDX-License-Identifier: Apache-2.0
#include "private_sessions.h"

#include <parley/plugin.h>

#include <optional>

using namespace parley;

namespace {

class PrivateChatPlugin final : public Plugin {
  void setup(Scope& scope) override {
    sessions_.emplace(scope);
    scope.sessionType("private");
    scope.route("POST", "/api/chat/sessions/private", Access::joined(),
                [this](const HttpCall& call) { return sessions_->open(call); });
    scope.provide("private_chat.open", [this](const Json& users) { return sessions_->open(users); });
    scope.after<hooks::SessionCreated>([this](const auto& session) { sessions_->announce(session); });
  }

  std::optional<private_chat::PrivateSessions> sessions_;
};

}  // namespace

PARLEY_PLUGIN(PrivateChatPlugin, .name = "private_chat", .version = "1.0.0", .summary = "Conversations of two users")
