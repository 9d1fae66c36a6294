// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rules.h"
#include "wording.h"

#include <parley/plugin.h>

#include <string>
#include <vector>

namespace group_chat {

constexpr const char* systemType = "system";

/// Tells the members what happens to their group: events, and messages in the conversation. The hooks of one group come
/// one after another.
class Announcer {
 public:
  Announcer(parley::Scope& scope, const Rules& rules) : scope_(scope), rules_(rules) {}

  void created(const parley::Session& session);
  void updated(const parley::hooks::SessionUpdated::Update& update);
  void membersChanged(const parley::hooks::MembersChanged::Change& change);
  void removed(const parley::hooks::SessionRemoved::Removal& removal);
  /// Refuses system messages that are not the server's.
  static void guard(const parley::MessageDraft& draft);

 private:
  using Ids = std::vector<std::string>;

  parley::JsonObject shown(const parley::Session& session);
  parley::JsonObject outline(const parley::Session& session);
  parley::JsonArray members(const std::string& sessionId, const Ids& userIds);
  void emit(const Ids& userIds, const char* event, parley::JsonObject data);
  void emitSession(const Ids& userIds, const char* event, const std::string& sessionId, parley::JsonObject data);
  void say(const parley::Session& session, Happening what, const std::string& byUserId, const Ids& userIds,
           const std::string& text = {});

  parley::Scope& scope_;
  const Rules& rules_;
};

}  // namespace group_chat
