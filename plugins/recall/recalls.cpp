// SPDX-License-Identifier: Apache-2.0
#include "recalls.h"

#include <utility>

using namespace parley;

namespace recall {

namespace {

constexpr const char* kind = "recalled";

JsonObject shown(const Message& recalled, const std::string& byUserId) {
  return {{"messageId", recalled.id},
          {"sessionId", recalled.sessionId},
          {"userId", byUserId},
          {"recalledAt", toIso8601(recalled.updatedAt)}};
}

}  // namespace

Answer Recalls::recall(const EventCall& call) {
  return Answer(Json(recall(Fields(call.data()).id("messageId"), call.caller)));
}

HttpResponse Recalls::recall(const HttpCall& call) {
  if (call.caller.userId.empty()) Fields::fail("userId", "is required");
  return HttpResponse::ok(Json(recall(call.param("messageId").value_or(""), call.caller)));
}

JsonObject Recalls::recall(const std::string& messageId, const Caller& caller) {
  const auto message = scope_.messages().find(messageId);
  if (!message) throw Error(ErrorCode::NotFound, "no such message");
  checkMay(*message, caller);
  if (message->extra.contains(kind)) return shown(*message, caller.userId);
  const auto recalled = scope_.messages().change(messageId, {.kind = kind,
                                                             .byUserId = caller.userId,
                                                             .content = "",
                                                             .fileUrl = "",
                                                             .fileName = "",
                                                             .fileSize = 0,
                                                             .extra = {{kind, true}},
                                                             .unless = kind});
  return shown(recalled, caller.userId);
}

void Recalls::checkMay(const Message& message, const Caller& caller) {
  if (settings_.moderators && isModerator(message, caller)) return;
  const bool isSender = message.senderId == caller.userId && !message.extra.contains("system") &&
                        scope_.sessions().isParticipant(message.sessionId, caller.userId);
  if (!isSender) throw Error(ErrorCode::Forbidden, "only its sender may recall a message");
  if (message.extra.contains(kind)) return;
  if (scope_.clock().now() - message.createdAt > settings_.window)
    throw Error(ErrorCode::Forbidden, "the message is too old to be recalled");
}

/// In open mode an HTTP call has no role but the stored one.
bool Recalls::isModerator(const Message& message, const Caller& caller) {
  const auto user = caller.role.empty() ? scope_.users().find(caller.userId) : std::nullopt;
  if ((user ? user->role : caller.role) == "admin") return true;
  const auto member = scope_.sessions().member(message.sessionId, caller.userId);
  return member && member->role != "member";
}

/// An erasure blanks what was recalled before, too.
void Recalls::announce(const hooks::MessageChanged::Change& change) {
  if (change.kind != kind || change.before.extra.contains(kind)) return;
  scope_.sockets().toUsers(scope_.sessions().participantsOf(change.now.sessionId),
                           Emit("message:recalled", Json(shown(change.now, change.byUserId))));
}

}  // namespace recall
