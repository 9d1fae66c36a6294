// SPDX-License-Identifier: Apache-2.0
#include "private_sessions.h"

#include <string>

using namespace parley;

namespace private_chat {

HttpResponse PrivateSessions::open(const HttpCall& call) {
  const Fields body(call.jsonBody(), "body");
  const auto userId1 = body.id("userId1");
  const auto userId2 = body.id("userId2");
  const auto& caller = call.caller.userId;
  const bool takesPart = caller == userId1 || caller == userId2;
  if (!caller.empty() && !takesPart && !call.caller.actsForOthers())
    throw Error(ErrorCode::Forbidden, "the caller is neither of the two users");
  const auto made = scope_.sessions().openPrivate(userId1, userId2);
  const auto shown = scope_.sessions().toJson({made.session}, takesPart ? caller : userId1);
  return made.created ? HttpResponse::created(shown.front()) : HttpResponse::ok(shown.front());
}

Json PrivateSessions::open(const Json& users) {
  const Fields fields(users);
  const auto made = scope_.sessions().openPrivate(fields.id("userId1"), fields.id("userId2"));
  return JsonObject{{"sessionId", made.session.id}};
}

/// Nothing is unread in a new session, so that both see the same.
void PrivateSessions::announce(const Session& session) {
  if (session.type != "private") return;
  const auto shown = scope_.sessions().toJson({session}, session.participants.front());
  scope_.sockets().toUsers(session.participants, Emit("session:created", Json(JsonObject{{"session", shown.front()}})));
}

}  // namespace private_chat
