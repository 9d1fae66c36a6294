// SPDX-License-Identifier: Apache-2.0
#include "announcer.h"
#include "groups.h"
#include "members.h"
#include "rules.h"

#include <parley/plugin.h>

#include <optional>

using namespace parley;

namespace {

class GroupChatPlugin final : public Plugin {
  void setup(Scope& scope) override {
    rules_.emplace(scope.config());
    groups_.emplace(scope, *rules_);
    members_.emplace(scope, *rules_);
    announcer_.emplace(scope, *rules_);
    scope.sessionType(group_chat::sessionType);
    scope.messageType(group_chat::systemType);

    const auto reads = [] { return Access::joined().actingAs("userId").participantOf("sessionId"); };
    const auto by = [](const char* actor) {
      return Access::joined().actingAs(actor).participantOf("sessionId").audited();
    };
    scope.route("POST", "/api/chat/sessions/group", Access::joined().actingAs("creatorId").audited(),
                [this](const HttpCall& call) { return groups_->create(call); });
    scope.route("GET", "/api/chat/sessions/group/:sessionId", reads(),
                [this](const HttpCall& call) { return groups_->show(call); });
    scope.route("PUT", "/api/chat/sessions/group/:sessionId", by("userId"),
                [this](const HttpCall& call) { return groups_->edit(call); });
    scope.route("DELETE", "/api/chat/sessions/group/:sessionId", by("userId"),
                [this](const HttpCall& call) { return groups_->dissolve(call); });
    scope.route("POST", "/api/chat/sessions/group/:sessionId/members", by("userId"),
                [this](const HttpCall& call) { return members_->invite(call); });
    // Here `userId` is whom it is about.
    scope.route("DELETE", "/api/chat/sessions/group/:sessionId/members/:userId", by("operatorId"),
                [this](const HttpCall& call) { return members_->remove(call); });
    scope.route("PUT", "/api/chat/sessions/group/:sessionId/members/:userId", by("operatorId"),
                [this](const HttpCall& call) { return members_->change(call); });

    scope.before<hooks::MessageSend>([](auto& draft) { group_chat::Announcer::guard(draft); },
                                     {.onFailure = OnHookFailure::Block, .order = -1000});
    scope.after<hooks::SessionCreated>([this](const auto& session) { announcer_->created(session); });
    scope.after<hooks::SessionUpdated>([this](const auto& update) { announcer_->updated(update); });
    scope.after<hooks::MembersChanged>([this](const auto& change) { announcer_->membersChanged(change); });
    scope.after<hooks::SessionRemoved>([this](const auto& removal) { announcer_->removed(removal); });
  }

  std::optional<group_chat::Rules> rules_;
  std::optional<group_chat::Groups> groups_;
  std::optional<group_chat::GroupMembers> members_;
  std::optional<group_chat::Announcer> announcer_;
};

}  // namespace

PARLEY_PLUGIN(GroupChatPlugin, .name = "group_chat", .version = "1.0.0", .summary = "Conversations of many")
