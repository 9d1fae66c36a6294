// SPDX-License-Identifier: Apache-2.0
#include "rules.h"

using namespace parley;

namespace group_chat {

Rank rankOf(std::string_view role) {
  if (role == "owner") return Rank::Owner;
  return role == "admin" || role == "admins" ? Rank::Admin : Rank::Member;
}

Rules::Rules(const Config& config)
    : maxMembers(config.integer("maxMembers")),
      invites(rankOf(config.text("whoMayInvite"))),
      edits(rankOf(config.text("whoMayEdit"))),
      newMembersSeeHistory(config.flag("newMembersSeeHistory")),
      ownerMayLeave(config.flag("ownerMayLeave")),
      maxNameBytes(static_cast<std::size_t>(config.integer("maxNameBytes"))),
      maxAnnouncementBytes(static_cast<std::size_t>(config.integer("maxAnnouncementBytes"))),
      shownMembers(static_cast<std::size_t>(config.integer("shownMembers"))),
      systemMessages(config.flag("systemMessages")),
      inChinese(config.text("systemMessageLanguage") == "zh-CN") {}

void Actor::mustBe(Rank least, const std::string& what) const {
  if (rank < least)
    throw least == Rank::Owner
        ? Error(ErrorCode::Forbidden, "only the owner may " + what, {"group_chat.ownerOnly"})
        : Error(ErrorCode::Forbidden, "only the owner and admins may " + what, {"group_chat.adminsOnly"});
}

void Actor::mustBeAbove(const Member& member, const std::string& what) const {
  mustBe(Rank::Admin, what + " others");
  if (rank <= rankOf(member.role))
    throw Error(ErrorCode::Forbidden, "may not " + what + " the group's " + member.role, {"group_chat.tooHigh"});
}

Actor actorOf(Scope& scope, const HttpCall& call) {
  const auto id = call.param("sessionId").value_or("");
  auto session = scope.sessions().find(id);
  if (!session || session->type != sessionType) throw Error(ErrorCode::NotFound, "no such group");
  if (call.caller.userId.empty()) {
    auto ownerId = session->ownerId;
    return {*std::move(session), std::move(ownerId), Rank::Owner, std::nullopt};
  }
  const auto member = scope.sessions().member(id, call.caller.userId);
  if (!member) throw Error(ErrorCode::Forbidden, "not a member of this group", {"access.notParticipant"});
  return {*std::move(session), call.caller.userId, rankOf(member->role), member->mutedUntil};
}

Actor writerOf(Scope& scope, const HttpCall& call) {
  auto actor = actorOf(scope, call);
  if (actor.mutedUntil > scope.clock().now() && actor.rank != Rank::Owner)
    throw Error(ErrorCode::Forbidden, "the acting user is muted until " + toIso8601(*actor.mutedUntil),
                {"session.muted"});
  return actor;
}

}  // namespace group_chat
