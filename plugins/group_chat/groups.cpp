// SPDX-License-Identifier: Apache-2.0
#include "groups.h"

#include <parley/paging.h>

#include <algorithm>
#include <utility>

using namespace parley;

namespace group_chat {

JsonObject toJson(const Member& member, const User& user) {
  return {{"userId", member.userId},
          {"role", member.role},
          {"mutedUntil", member.mutedUntil ? Json(toIso8601(*member.mutedUntil)) : Json(nullptr)},
          {"joinedAt", toIso8601(member.joinedAt)},
          {"user", user.toJson()}};
}

JsonArray toJson(Scope& scope, const std::vector<Member>& members) {
  std::vector<std::string> ids;
  ids.reserve(members.size());
  for (const auto& member : members) ids.push_back(member.userId);
  const auto users = scope.users().findMany(ids);
  JsonArray list;
  for (std::size_t i = 0; i < members.size(); ++i) list.push_back(toJson(members[i], users[i]));
  return list;
}

std::vector<std::string> userIdsOf(const Json& body, std::string_view field, std::int64_t max) {
  const auto* value = body.is_object() ? body.get_object().if_contains(field) : nullptr;
  if (value == nullptr || value->is_null()) Fields::fail(field, "is required");
  if (!value->is_array()) Fields::fail(field, "must be a list of user ids");
  const auto& list = value->get_array();
  if (list.size() > static_cast<std::size_t>(max))
    Fields::fail(field, "must be at most " + std::to_string(max) + " user ids");
  std::vector<std::string> ids;
  for (const auto& id : list) {
    if (!id.is_string() || !isValidId({id.get_string().data(), id.get_string().size()}))
      Fields::fail(field, "must be user ids, 1 to 64 characters of A-Z a-z 0-9 _ - . : @");
    ids.emplace_back(id.get_string());
  }
  return ids;
}

Json Groups::shown(const Session& session, const std::string& viewer) {
  return std::move(scope_.sessions().toJson({session}, viewer).front());
}

HttpResponse Groups::create(const HttpCall& call) {
  const Fields body(call.jsonBody(), "body");
  Sessions::NewSession group;
  group.type = sessionType;
  group.name = body.text("sessionName", rules_.maxNameBytes);
  group.ownerId = body.id("creatorId");
  group.userIds = userIdsOf(call.json, "participants", rules_.maxMembers);
  group.userIds.push_back(group.ownerId);
  std::sort(group.userIds.begin(), group.userIds.end());
  group.userIds.erase(std::unique(group.userIds.begin(), group.userIds.end()), group.userIds.end());
  if (group.userIds.size() > static_cast<std::size_t>(rules_.maxMembers))
    Fields::fail("participants", "and the creator must be at most " + std::to_string(rules_.maxMembers) + " users");
  group.extra["announcement"] = body.optionalText("announcement", rules_.maxAnnouncementBytes).value_or("");
  const auto made = scope_.sessions().create(group);
  return HttpResponse::created(shown(made, made.ownerId));
}

/// The owner and the admins first, then in the order in which they came.
HttpResponse Groups::show(const HttpCall& call) {
  const auto actor = actorOf(scope_, call);
  auto members = scope_.sessions().members(actor.session.id);
  std::stable_sort(members.begin(), members.end(),
                   [](const Member& a, const Member& b) { return rankOf(a.role) > rankOf(b.role); });
  const auto total = static_cast<std::int64_t>(members.size());
  std::int64_t first = 0;
  auto count = static_cast<std::int64_t>(rules_.shownMembers);
  std::optional<Pagination> pagination;
  if (call.queryParam("page") || call.queryParam("limit")) {
    const auto paging = pagingOf(call, Paging::maxLimit);
    first = paging.page - 1 > total / paging.limit ? total : (paging.page - 1) * paging.limit;
    count = paging.limit;
    pagination = {paging.page, paging.limit, total};
  }
  first = std::min(first, total);
  count = std::min(count, total - first);
  members = {members.begin() + first, members.begin() + first + count};
  auto detail = shown(actor.session, call.caller.userId).as_object();
  detail["members"] = toJson(scope_, members);
  return HttpResponse::answer(200,
                              pagination ? Answer::page(std::move(detail), *pagination) : Answer(std::move(detail)));
}

/// What is as it was already is no change, and is told to nobody.
HttpResponse Groups::edit(const HttpCall& call) {
  const auto actor = writerOf(scope_, call);
  const Fields body(call.jsonBody(), "body");
  auto name = body.optionalText("sessionName", rules_.maxNameBytes, 1);
  auto announcement = body.optionalText("announcement", rules_.maxAnnouncementBytes);
  if (!name && !announcement) Fields::fail("sessionName", "or announcement is required");
  actor.mustBe(rules_.edits, "edit the group");
  const auto& session = actor.session;
  Sessions::Change change;
  change.byUserId = actor.userId;
  if (name && *name != session.name) change.name = std::move(name);
  if (announcement && *announcement != textOf(session.extra, "announcement"))
    change.extra["announcement"] = *announcement;
  if (!change.name && change.extra.empty()) return HttpResponse::ok(shown(session, call.caller.userId));
  return HttpResponse::ok(shown(scope_.sessions().update(session.id, change), call.caller.userId));
}

HttpResponse Groups::dissolve(const HttpCall& call) {
  const auto actor = actorOf(scope_, call);
  actor.mustBe(Rank::Owner, "dissolve the group");
  scope_.sessions().remove(actor.session.id, actor.userId);
  return HttpResponse::ok(JsonObject{{"sessionId", actor.session.id}});
}

}  // namespace group_chat
