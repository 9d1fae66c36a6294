// SPDX-License-Identifier: Apache-2.0
#include "chat/members.h"

#include "chat/collections.h"
#include "chat/documents.h"

#include <algorithm>
#include <utility>

namespace parley::chat {

namespace {

std::size_t positionOf(const std::vector<std::string>& userIds, const std::string& userId) {
  return static_cast<std::size_t>(std::lower_bound(userIds.begin(), userIds.end(), userId) - userIds.begin());
}

Member toMember(const std::string& userId, const Place& place, const std::string& ownerId) {
  return {userId, userId == ownerId ? "owner" : place.role, place.visibleFrom, place.mutedUntil, place.joinedAt};
}

}  // namespace

const Place* Members::find(const std::string& userId) const {
  const auto at = positionOf(userIds, userId);
  return at < userIds.size() && userIds[at] == userId ? &places[at] : nullptr;
}

std::optional<Member> Members::member(const std::string& userId) const {
  const auto* place = find(userId);
  if (place == nullptr) return std::nullopt;
  return toMember(userId, *place, ownerId);
}

std::vector<Member> Members::inOrderOfJoining() const {
  std::vector<Member> list;
  list.reserve(userIds.size());
  for (std::size_t i = 0; i < userIds.size(); ++i) list.push_back(toMember(userIds[i], places[i], ownerId));
  std::stable_sort(list.begin(), list.end(), [](const Member& a, const Member& b) { return a.joinedAt < b.joinedAt; });
  return list;
}

void Members::add(const std::vector<std::string>& newUserIds, const Place& place) {
  std::vector<std::pair<std::string, Place>> all;
  all.reserve(userIds.size() + newUserIds.size());
  for (std::size_t i = 0; i < userIds.size(); ++i) all.emplace_back(std::move(userIds[i]), std::move(places[i]));
  for (const auto& userId : newUserIds) all.emplace_back(userId, place);
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  userIds.clear();
  places.clear();
  for (auto& [userId, itsPlace] : all) {
    userIds.push_back(std::move(userId));
    places.push_back(std::move(itsPlace));
  }
}

void Members::remove(const std::string& userId) {
  const auto at = static_cast<std::ptrdiff_t>(positionOf(userIds, userId));
  userIds.erase(userIds.begin() + at);
  places.erase(places.begin() + at);
}

void Members::set(const std::string& userId, Place place) {
  places[positionOf(userIds, userId)] = std::move(place);
}

Place toPlace(const Document& document) {
  Place place;
  if (stringOf(document, "role") == "admin") place.role = "admin";
  place.visibleFrom = std::max<std::int64_t>(1, integerOf(document, "visibleFrom"));
  place.mutedUntil = timeOf(document, "mutedUntil");
  place.joinedAt = timeOf(document, "joinedAt").value_or(Time{});
  return place;
}

Document memberDocument(const std::string& sessionId, const std::string& userId, const Place& place) {
  Document document{{"_id", memberId(sessionId, userId)},
                    {"sessionId", sessionId},
                    {"userId", userId},
                    {"role", place.role},
                    {"joinedAt", toIso8601(place.joinedAt)}};
  if (place.visibleFrom > 1) document["visibleFrom"] = place.visibleFrom;
  if (place.mutedUntil) document["mutedUntil"] = toIso8601(*place.mutedUntil);
  return document;
}

}  // namespace parley::chat
