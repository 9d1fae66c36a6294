// SPDX-License-Identifier: Apache-2.0
#include "deleting.h"

using namespace parley;

namespace messaging {

namespace {

JsonObject shown(const Message& deleted, const std::string& byUserId) {
  return {{"messageId", deleted.id},
          {"sessionId", deleted.sessionId},
          {"userId", byUserId},
          {"deletedAt", toIso8601(deleted.updatedAt)}};
}

}  // namespace

HttpResponse Deleting::remove(const HttpCall& call) {
  const auto& caller = call.caller;
  if (caller.userId.empty()) Fields::fail("userId", "is required");
  const auto message = scope_.messages().find(call.param("messageId").value_or(""));
  if (!message) throw Error(ErrorCode::NotFound, "no such message");
  if (!may(*message, caller)) throw Error(ErrorCode::Forbidden, "only its sender or an admin may delete a message");
  return HttpResponse::ok(Json(shown(scope_.messages().remove(message->id, caller.userId), caller.userId)));
}

/// The sender, an admin of the server, the owner or an admin of the group. In open mode an HTTP call has no role but
/// the stored one.
bool Deleting::may(const Message& message, const Caller& caller) {
  if (caller.role == "admin") return true;
  if (const auto user = scope_.users().find(caller.userId); caller.role.empty() && user && user->role == "admin")
    return true;
  const auto member = scope_.sessions().member(message.sessionId, caller.userId);
  if (!member) return false;
  return member->role != "member" || (message.senderId == caller.userId && !message.extra.contains("system"));
}

void Deleting::announce(const hooks::MessageChanged::Change& change) {
  if (!change.now.deleted) return;
  scope_.sockets().toUsers(scope_.sessions().participantsOf(change.now.sessionId),
                           Emit("message:deleted", Json(shown(change.now, change.byUserId))));
}

}  // namespace messaging
