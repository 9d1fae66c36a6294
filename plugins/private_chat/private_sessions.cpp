// SPDX-License-Identifier: Apache-2.0
#include "private_sessions.h"

#include <algorithm>
#include <string>

using namespace parley;

namespace private_chat {

namespace {
constexpr std::size_t maxKnown = 100000;
}

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
  return JsonObject{{"sessionId", openKnown(fields.id("userId1"), fields.id("userId2"))}};
}

std::string PrivateSessions::known(const std::string& pair) {
  const std::lock_guard lock(mutex_);
  const auto found = known_.find(pair);
  return found == known_.end() ? "" : found->second;
}

bool PrivateSessions::isParticipant(const std::string& sessionId, const std::string& userId) {
  try {
    return !sessionId.empty() && scope_.sessions().isParticipant(sessionId, userId);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::NotFound) throw;
    return false;
  }
}

/// Each message to a user asks for this; what is known is checked, since sessions are removed.
std::string PrivateSessions::openKnown(const std::string& userId1, const std::string& userId2) {
  const auto& [low, high] = std::minmax(userId1, userId2);
  const auto pair = low + "|" + high;
  if (auto id = known(pair); isParticipant(id, low)) return id;
  auto id = scope_.sessions().openPrivate(userId1, userId2).session.id;
  const std::lock_guard lock(mutex_);
  if (known_.size() >= maxKnown) known_.clear();
  known_.insert_or_assign(pair, id);
  return id;
}

/// Nothing is unread in a new session, so that both see the same.
void PrivateSessions::announce(const Session& session) {
  if (session.type != "private") return;
  const auto shown = scope_.sessions().toJson({session}, session.participants.front());
  scope_.sockets().toUsers(session.participants, Emit("session:created", Json(JsonObject{{"session", shown.front()}})));
}

}  // namespace private_chat
