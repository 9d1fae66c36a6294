// SPDX-License-Identifier: Apache-2.0
#include "broadcast.h"

#include <algorithm>
#include <set>
#include <utility>

using namespace parley;

namespace presence {

Broadcast::Broadcast(Scope& scope, Settings settings) : scope_(scope), settings_(std::move(settings)) {}

JsonArray Broadcast::onlineUsers() {
  auto ids = scope_.presence().onlineUsers();
  std::sort(ids.begin(), ids.end());
  JsonArray users;
  for (const auto& user : scope_.users().findMany(ids)) users.emplace_back(user.toJson());
  return users;
}

Answer Broadcast::onlineFor(const EventCall& call) {
  const Json users = onlineUsers();
  scope_.sockets().toSocket(call.caller.socketId, Emit("users:online", users));
  return Answer::bare(users);
}

HttpResponse Broadcast::online() {
  return HttpResponse::ok(Json(onlineUsers()));
}

Answer Broadcast::setStatus(const EventCall& call) {
  if (!call.data().is_string()) Fields::fail("status", "must be one of online, away, offline");
  const std::string status(call.data().get_string());
  scope_.presence().setStatus(call.caller.userId, status, call.caller.socketId);
  return Answer(JsonObject{{"userId", call.caller.userId}, {"status", status}});
}

void Broadcast::announce(const hooks::PresenceChanged::Change& change) {
  Emit emit("user:status", Json(JsonObject{{"userId", change.userId},
                                           {"username", change.username},
                                           {"status", change.status},
                                           {"lastSeen", toIso8601(change.lastSeen)}}));
  emit.isVolatile = true;
  emit.exceptSocket = change.socketId;
  if (everyoneHears()) return scope_.sockets().toEveryone(std::move(emit));
  if (const auto contacts = contactsOf(change.userId); !contacts.empty())
    scope_.sockets().toUsers(contacts, std::move(emit));
}

bool Broadcast::everyoneHears() const {
  if (settings_.audience != "auto") return settings_.audience == "everyone";
  return static_cast<std::int64_t>(scope_.presence().onlineCount()) <= settings_.everyoneLimit;
}

std::vector<std::string> Broadcast::contactsOf(const std::string& userId) {
  std::set<std::string> contacts;
  for (const auto& session : scope_.sessions().listFor(userId, 1, settings_.contactSessions).sessions) {
    const auto members =
        session.type == "private" ? session.participants : scope_.sessions().participantsOf(session.id);
    contacts.insert(members.begin(), members.end());
  }
  contacts.erase(userId);
  return {contacts.begin(), contacts.end()};
}

}  // namespace presence
