// SPDX-License-Identifier: Apache-2.0
#include "people.h"

#include <algorithm>
#include <string>
#include <utility>

using namespace parley;

namespace presence {

JsonArray People::onlineUsers() {
  auto ids = scope_.presence().onlineUsers();
  std::sort(ids.begin(), ids.end());
  JsonArray users;
  for (const auto& user : scope_.users().findMany(ids)) users.emplace_back(user.toJson());
  return users;
}

Answer People::onlineFor(const EventCall& call) {
  const Json users = onlineUsers();
  scope_.sockets().toSocket(call.caller.socketId, Emit("users:online", users));
  return Answer::bare(users);
}

HttpResponse People::online() {
  return HttpResponse::ok(Json(onlineUsers()));
}

Answer People::setStatus(const EventCall& call) {
  if (!call.data().is_string()) Fields::fail("status", "must be one of online, away, offline");
  const std::string status(call.data().get_string());
  scope_.presence().setStatus(call.caller.userId, status, call.caller.socketId);
  return Answer(JsonObject{{"userId", call.caller.userId}, {"status", status}});
}

}  // namespace presence
