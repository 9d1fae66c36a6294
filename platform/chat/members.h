// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chat/lease.h"

#include <parley/chat.h>
#include <parley/store.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace parley::chat {

/// A participant's place in a session: Member without the name.
struct Place {
  std::string role = "member";  ///< as stored: "admin" or "member"
  std::int64_t visibleFrom = 1;
  std::optional<Time> mutedUntil;
  Time joinedAt{};
};

/// Who takes part in a session, at one moment. Never changed once it is shared: a change makes another one.
struct Members {
  std::string sessionType;
  bool isPrivate = false;
  bool isClosed = false;  ///< a private one of whose two users somebody has been erased: nobody can write any more
  std::string ownerId;
  std::vector<std::string> userIds;  ///< ordered
  std::vector<Place> places;         ///< of each of them
  bool isOutdated = false;           ///< to be read anew: only its lease still counts
  /// Of all lists of the session since it was made, and so of every message that was admitted with one of them.
  std::shared_ptr<Lease> lease = std::make_shared<Lease>();

  bool has(const std::string& userId) const { return find(userId) != nullptr; }
  /// Null when the user is not in it. Valid as long as this list is.
  const Place* find(const std::string& userId) const;
  std::optional<Member> member(const std::string& userId) const;
  /// In the order in which they came.
  std::vector<Member> inOrderOfJoining() const;

  /// Adds users who are not in it yet, in any order.
  void add(const std::vector<std::string>& newUserIds, const Place& place);
  void remove(const std::string& userId);
  void set(const std::string& userId, Place place);
};

using SharedMembers = std::shared_ptr<const Members>;

Place toPlace(const Document& document);
Document memberDocument(const std::string& sessionId, const std::string& userId, const Place& place);

}  // namespace parley::chat
