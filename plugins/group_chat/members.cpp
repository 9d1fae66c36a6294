// SPDX-License-Identifier: Apache-2.0
#include "members.h"

#include "groups.h"

#include <utility>

using namespace parley;

namespace group_chat {

namespace {

/// A time, null (may write again), or nothing when the field is not there.
std::optional<std::optional<Time>> mutedUntilOf(const Json& body) {
  const auto* value = body.as_object().if_contains("mutedUntil");
  if (value == nullptr) return std::nullopt;
  if (value->is_null()) return std::optional<Time>();
  const auto time = timeOf(body.as_object(), "mutedUntil");
  if (!time) Fields::fail("mutedUntil", "must be a time like 2024-01-01T00:00:00.000Z, or null");
  return time;
}

}  // namespace

Member GroupMembers::memberOf(const std::string& sessionId, const std::string& userId) {
  const auto member = scope_.sessions().member(sessionId, userId);
  if (!member) throw Error(ErrorCode::NotFound, "the user is not a member of this group");
  return *member;
}

HttpResponse GroupMembers::invite(const HttpCall& call) {
  const auto actor = writerOf(scope_, call);
  const auto userIds = userIdsOf(call.jsonBody(), "userIds", rules_.maxMembers);
  if (userIds.empty()) Fields::fail("userIds", "must not be empty");
  actor.mustBe(rules_.invites, "invite others");
  const auto& id = actor.session.id;
  const auto joined =
      scope_.sessions().addMembers(id, userIds, rules_.newMembersSeeHistory, actor.userId, rules_.maxMembers);
  const auto now = scope_.sessions().find(id);
  return HttpResponse::ok(JsonObject{{"sessionId", id},
                                     {"joined", JsonArray(joined.begin(), joined.end())},
                                     {"memberCount", now ? now->memberCount : 0}});
}

HttpResponse GroupMembers::remove(const HttpCall& call) {
  const auto actor = actorOf(scope_, call);
  const auto& id = actor.session.id;
  const auto member = memberOf(id, call.param("userId").value_or(""));
  if (member.userId != actor.userId) actor.mustBeAbove(member, "remove");
  const bool dissolved = member.role == "owner" && !passOn(actor);
  if (!dissolved && !scope_.sessions().removeMember(id, member.userId, actor.userId))
    throw Error(ErrorCode::NotFound, "the user is not a member of this group");
  return HttpResponse::ok(JsonObject{{"sessionId", id}, {"userId", member.userId}, {"dissolved", dissolved}});
}

/// The owner leaves: gives the group to whoever has been in it longest, of the admins if there are any. False when
/// nobody else was left, and the group is dissolved.
bool GroupMembers::passOn(const Actor& actor) {
  if (!rules_.ownerMayLeave)
    throw Error(ErrorCode::Conflict, "hand the group over or dissolve it first", {"session.ownerFirst"});
  auto& sessions = scope_.sessions();
  const auto& owner = actor.userId;
  const Member* next = nullptr;
  const auto members = sessions.members(actor.session.id);
  for (const auto& member : members)
    if (member.userId != owner && (next == nullptr || rankOf(member.role) > rankOf(next->role))) next = &member;
  if (next == nullptr) return sessions.remove(actor.session.id, owner), false;
  sessions.update(actor.session.id, {.ownerId = next->userId, .ifOwner = owner, .byUserId = owner});
  return true;
}

HttpResponse GroupMembers::change(const HttpCall& call) {
  const auto actor = actorOf(scope_, call);
  const Fields body(call.jsonBody(), "body");
  Sessions::MemberChange change;
  if (body.has("role")) change.role = body.choice("role", {"owner", "admin", "member"});
  change.mutedUntil = mutedUntilOf(call.json);
  change.byUserId = actor.userId;
  if (!change.role && !change.mutedUntil) Fields::fail("role", "or mutedUntil is required");
  auto member = memberOf(actor.session.id, call.param("userId").value_or(""));
  if (change.role) actor.mustBe(Rank::Owner, "change roles");
  if (change.mutedUntil) actor.mustBeAbove(member, "mute");
  if (change.role == "owner") {
    member = handOver(actor, member.userId);
    change.role.reset();
  }
  if (change.role == member.role) change.role.reset();
  if (change.role || change.mutedUntil)
    member = scope_.sessions().updateMember(actor.session.id, member.userId, change);
  return HttpResponse::ok(toJson(scope_, {member}).front());
}

/// Of several at once, the first counts: whoever acts in the others is no longer the owner.
Member GroupMembers::handOver(const Actor& actor, const std::string& userId) {
  if (userId != actor.session.ownerId)
    scope_.sessions().update(actor.session.id, {.ownerId = userId, .ifOwner = actor.userId, .byUserId = actor.userId});
  return memberOf(actor.session.id, userId);
}

}  // namespace group_chat
