// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/plugin.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace group_chat {

constexpr const char* sessionType = "group";

/// Roles, in the order of what they may do.
enum class Rank { Member, Admin, Owner };

/// "owner", "admin"; anything else is a member. Also of the settings "members", "admins", "owner".
Rank rankOf(std::string_view role);

/// The settings, as they were when the plugin started.
struct Rules {
  explicit Rules(const parley::Config& config);

  std::int64_t maxMembers;
  Rank invites;
  Rank edits;
  bool newMembersSeeHistory;
  bool ownerMayLeave;
  std::size_t maxNameBytes;
  std::size_t maxAnnouncementBytes;
  std::size_t shownMembers;
  bool systemMessages;
  bool inChinese;
};

/// Who acts on a group, and what they may do there.
struct Actor {
  parley::Session session;
  std::string userId;
  Rank rank = Rank::Member;
  std::optional<parley::Time> mutedUntil;

  /// FORBIDDEN, saying what, for those below.
  void mustBe(Rank least, const std::string& what) const;
  /// FORBIDDEN unless the actor is an admin or the owner and stands above that member.
  void mustBeAbove(const parley::Member& member, const std::string& what) const;
};

/// The group of the call's `:sessionId` and who calls: the acting user, or the trusted back end, which acts with the
/// owner's powers and in the owner's name. NOT_FOUND when there is no such group, FORBIDDEN for others than members.
Actor actorOf(parley::Scope& scope, const parley::HttpCall& call);
/// Likewise for what puts words of theirs into the conversation: FORBIDDEN, as sending is, while they are muted and not
/// the owner.
Actor writerOf(parley::Scope& scope, const parley::HttpCall& call);

}  // namespace group_chat
