// SPDX-License-Identifier: Apache-2.0
#include "directory.h"

#include <parley/paging.h>

#include <utility>

using namespace parley;

namespace users {

namespace {

User userFrom(const Json& data) {
  const Fields fields(data);
  User user;
  user.id = fields.id("id");
  user.username = fields.text("username", 128);
  user.realName = fields.optionalText("realName", 128).value_or("");
  user.avatar = fields.optionalText("avatar", 2048).value_or("");
  user.role = fields.optionalText("role", 64).value_or("");
  return user;
}

/// A token says what its own subject is; only a back end may say it of others, and an admin of nobody.
std::string roleFor(const User& user, const Caller& caller) {
  if (caller.subject.empty() || caller.service) return user.role;
  return user.id == caller.subject ? caller.role : std::string();
}

}  // namespace

void Directory::join(const EventCall& call, const Reply& reply) {
  auto user = userFrom(call.data());
  if (!call.caller.userId.empty() && call.caller.userId != user.id)
    throw Error(ErrorCode::Forbidden, "this socket has joined as another user", {"users.anotherUser"});
  user.role = roleFor(user, call.caller);
  scope_.users().join(user, call.caller.socketId, [this, socketId = call.caller.socketId, reply](Result<User> result) {
    if (!result) return reply(result.error());
    const Json joined = result.value().toJson();
    scope_.sockets().toSocket(socketId, Emit("user:joined", Json(JsonObject{{"success", true}, {"user", joined}})));
    reply(Answer(joined));
  });
}

/// Everyone, as in the standard API's first form, unless the client asks for a part.
HttpResponse Directory::list(const HttpCall& call) {
  const auto keyword = call.queryParam("keyword");
  const bool everyone = !keyword && !call.queryParam("page") && !call.queryParam("limit");
  const auto paging = everyone ? Paging{1, 0} : pagingOf(call, pageSize_);
  const auto found = scope_.users().list(keyword.value_or(""), paging.page, paging.limit);
  JsonArray data;
  for (const auto& user : found.users) data.emplace_back(user.toJson());
  if (everyone) return HttpResponse::ok(Json(std::move(data)));
  return HttpResponse::answer(200, Answer::page(Json(std::move(data)), {paging.page, paging.limit, found.total}));
}

}  // namespace users
