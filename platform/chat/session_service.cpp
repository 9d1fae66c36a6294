// SPDX-License-Identifier: Apache-2.0
#include "chat/session_service.h"

#include "base/id.h"
#include "chat/collections.h"
#include "chat/documents.h"
#include "chat/receipts.h"
#include "chat/tally.h"

#include <parley/fields.h>

#include <algorithm>
#include <set>
#include <unordered_map>
#include <utility>

namespace parley::chat {

namespace {

/// The newest messages that were not deleted.
std::vector<Message> lastMessages(Store& store, const std::vector<Session>& sessions) {
  JsonArray ids;
  for (const auto& session : sessions)
    if (!session.lastMessageId.empty()) ids.emplace_back(session.lastMessageId);
  if (ids.empty()) return {};
  std::vector<Message> messages;
  for (auto& document : store.find(collections::messages, where("_id").in(std::move(ids)))) {
    if (document.contains("deletedSeq")) {
      auto newest = newestShown(store, stringOf(document, "sessionId"));
      if (!newest) continue;
      document = *std::move(newest);
    }
    messages.push_back(toMessage(document));
  }
  return messages;
}

}  // namespace

SessionService::SessionService(Core& core, Users& users, const TypeNames& types,
                               std::shared_ptr<const DeliveryMarks> marks)
    : core_(core),
      users_(users),
      marks_(std::move(marks)),
      members_(core),
      changes_(core, members_, types),
      removal_(core) {}

Sessions::Made SessionService::openPrivate(const std::string& userId1, const std::string& userId2) {
  if (!isValidId(userId1)) Fields::fail("userId1", "is not a user id");
  if (!isValidId(userId2)) Fields::fail("userId2", "is not a user id");
  if (userId1 == userId2) Fields::fail("userId2", "must be another user than userId1");
  const auto& [low, high] = std::minmax(userId1, userId2);
  const auto pairKey = low + "|" + high;
  const auto visit = core_.erased.visit();
  // Twice: whoever loses the race to make it finds it then.
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (const auto found = core_.store.findOne(collections::sessions, where("pairKey") == Json(pairKey)))
      return {toSession(*found), false};
    checkType("private");
    members_.checkRoomFor(userId1);  // who opens it
    core_.erased.refuse(std::vector{userId1, userId2});
    if (auto made = createPrivate(pairKey, {userId1, userId2})) {
      core_.hooks.after<hooks::SessionCreated>(*made);
      return {std::move(*made), true};
    }
  }
  throw Error(ErrorCode::Unavailable, "the session is being changed, try again");
}

/// The members first: a session that is there has its members, even after a crash in between.
std::optional<Session> SessionService::createPrivate(const std::string& pairKey,
                                                     const std::vector<std::string>& userIds) {
  const auto time = core_.clock.now();
  const auto now = toIso8601(time);
  const auto id = base::newObjectId(time);
  Document document{{"_id", id},
                    {"participants", JsonArray(userIds.begin(), userIds.end())},
                    {"sessionType", "private"},
                    {"sessionName", ""},
                    {"pairKey", pairKey},
                    {"lastMessageTime", now},
                    {"createdAt", now},
                    {"updatedAt", now}};
  auto session = toSession(document);
  chat::Place place;
  place.joinedAt = time;
  std::vector<Write> writes;
  writes.reserve(userIds.size() + 1);
  for (const auto& userId : userIds)
    writes.push_back(Write::insert(collections::members, memberDocument(id, userId, place)));
  writes.push_back(Write::insert(collections::sessions, std::move(document)));
  try {
    core_.write(std::move(writes));
    return session;
  } catch (const Error& error) {
    if (members_.isStoredAfterAll(id)) return session;
    if (error.code() != ErrorCode::Conflict) throw;
    return std::nullopt;
  }
}

std::optional<Session> SessionService::find(const std::string& id) {
  const auto document = findSession(core_.store, id);
  if (!document) return std::nullopt;
  return toSession(*document);
}

Session SessionService::create(const NewSession& session) {
  return changes_.create(session);
}

Session SessionService::update(const std::string& id, const Change& change) {
  return changes_.update(id, change);
}

std::vector<std::string> SessionService::addMembers(const std::string& id, const std::vector<std::string>& userIds,
                                                    bool seeHistory, const std::string& byUserId,
                                                    std::int64_t maxMembers) {
  return changes_.addMembers(id, userIds, seeHistory, byUserId, maxMembers);
}

bool SessionService::removeMember(const std::string& id, const std::string& userId, const std::string& byUserId) {
  return changes_.removeMember(id, userId, byUserId);
}

Member SessionService::updateMember(const std::string& id, const std::string& userId, const MemberChange& change) {
  return changes_.updateMember(id, userId, change);
}

void SessionService::remove(const std::string& id, const std::string& byUserId) {
  checkType(membersOf(id)->sessionType);
  changes_.retire(id, byUserId, [this, id] { removal_.start(id); });
}

void SessionService::expel(const std::string& sessionId, const std::string& userId, std::function<void()> quiet) {
  const auto members = membersOf(sessionId);
  const bool isAlone = members->userIds.size() == 1 && members->has(userId);
  if (!isAlone) return changes_.expel(sessionId, userId, quiet);
  changes_.retire(sessionId, userId, [this, sessionId, quiet = std::move(quiet)] {
    quiet();
    removal_.start(sessionId);
  });
}

bool SessionService::isParticipant(const std::string& sessionId, const std::string& userId) {
  return membersOf(sessionId)->has(userId);
}

std::vector<std::string> SessionService::participantsOf(const std::string& sessionId) {
  return membersOf(sessionId)->userIds;
}

std::optional<Member> SessionService::member(const std::string& sessionId, const std::string& userId) {
  return membersOf(sessionId)->member(userId);
}

std::vector<Member> SessionService::members(const std::string& sessionId) {
  return membersOf(sessionId)->inOrderOfJoining();
}

std::optional<std::int64_t> SessionService::visibleFrom(const std::string& sessionId, const std::string& userId) {
  const auto members = membersOf(sessionId);
  const auto* place = members->find(userId);
  if (place == nullptr) return std::nullopt;
  return place->visibleFrom;
}

std::vector<Sessions::Place> SessionService::placesOf(const std::string& userId) {
  std::set<std::string> gone;
  core_.store.forEach(collections::sessions, where("removedAt") > Json(""), {},
                      [&](Document&& session) { return gone.insert(stringOf(session, "_id")), true; });
  std::vector<Sessions::Place> places;
  core_.store.forEach(collections::members, where("userId") == Json(userId), {}, [&](Document&& member) {
    if (auto id = stringOf(member, "sessionId"); !gone.contains(id))
      places.push_back({std::move(id), toPlace(member).visibleFrom});
    return true;
  });
  return places;
}

Sessions::Page SessionService::listFor(const std::string& userId, std::int64_t page, std::int64_t limit) {
  JsonArray ids;
  for (const auto& member : core_.store.find(collections::members, where("userId") == Json(userId)))
    ids.emplace_back(stringOf(member, "sessionId"));
  Page result;
  if (ids.empty()) return result;
  const auto mine = where("_id").in(std::move(ids)) && !where("removedAt").exists();
  result.total = core_.store.count(collections::sessions, mine);
  if (limit > 0 && page - 1 > result.total / limit) return result;
  // Message ids grow, and so order what came within the same millisecond.
  const FindOptions newestFirst{
      .sort = {{"lastMessageTime", true}, {"lastMessage", true}, {"createdAt", true}, {"_id", true}},
      .limit = limit,
      .skip = (page - 1) * limit};
  for (const auto& document : core_.store.find(collections::sessions, mine, newestFirst))
    result.sessions.push_back(toSession(document));
  return result;
}

void SessionService::fillReceipts(std::vector<Receipt>& receipts) {
  const auto members = [this](const std::string& sessionId) -> std::vector<std::string> {
    const auto known = membersIfThere(sessionId);
    return known ? known->userIds : std::vector<std::string>{};
  };
  chat::fillReceipts(core_, *marks_, members, receipts);
}

void SessionService::fillReceipts(std::vector<Message>& messages) {
  std::vector<Receipt> receipts;
  receipts.reserve(messages.size());
  for (auto& message : messages)
    receipts.push_back({message.sessionId, message.seq, message.senderId, message.receiverId, message.status,
                        std::move(message.readBy)});
  fillReceipts(receipts);
  for (std::size_t i = 0; i < messages.size(); ++i) {
    messages[i].status = std::string(receipts[i].status);
    messages[i].readBy = std::move(receipts[i].readBy);
  }
}

SharedMembers SessionService::membersIfThere(const std::string& sessionId) {
  try {
    return membersOf(sessionId);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::NotFound) throw;
    return nullptr;
  }
}

/// Both of a private session; of others the owner and as many more as may be shown. Nobody of one that was removed
/// since.
std::vector<std::string> SessionService::shownParticipants(const Session& session) {
  if (session.type == "private") return session.participants;
  std::vector<std::string> shown;
  const auto members = membersIfThere(session.id);
  if (!members) return shown;
  if (members->has(members->ownerId)) shown.push_back(members->ownerId);
  for (const auto& userId : members->userIds) {
    if (shown.size() >= core_.options.shownParticipants) break;
    if (userId != members->ownerId) shown.push_back(userId);
  }
  return shown;
}

JsonArray SessionService::toJson(const std::vector<Session>& sessions, const std::string& viewer) {
  std::vector<std::vector<std::string>> participants;
  std::set<std::string> people;
  for (const auto& session : sessions) {
    participants.push_back(shownParticipants(session));
    people.insert(participants.back().begin(), participants.back().end());
  }
  std::unordered_map<std::string, JsonObject> users;
  for (const auto& user : users_.findMany({people.begin(), people.end()})) users.emplace(user.id, user.toJson());
  auto lasts = lastMessages(core_.store, sessions);
  fillReceipts(lasts);
  std::unordered_map<std::string, Message> messages;
  for (auto& message : lasts) messages.emplace(message.sessionId, std::move(message));
  std::vector<Sessions::Place> places;
  for (const auto& session : sessions) {
    const auto members = membersIfThere(session.id);
    const auto* place = members ? members->find(viewer) : nullptr;
    places.push_back({session.id, place == nullptr ? 1 : place->visibleFrom});
  }
  auto tallies = tally(core_.store, viewer, places, Count::Unread);

  JsonArray list;
  for (std::size_t i = 0; i < sessions.size(); ++i) {
    const auto& session = sessions[i];
    JsonArray who;
    for (const auto& userId : participants[i]) who.emplace_back(users[userId]);
    auto last = messages.find(session.id);
    if (last != messages.end() && last->second.seq < places[i].visibleFrom) last = messages.end();
    auto lastTime = last == messages.end() ? std::nullopt : std::optional(last->second.createdAt);
    if (lastTime && last->second.id == session.lastMessageId && session.lastMessageTime)
      lastTime = session.lastMessageTime;
    JsonObject shown{{"_id", session.id},
                     {"participants", std::move(who)},
                     {"sessionType", session.type},
                     {"sessionName", session.name},
                     {"lastMessage", last == messages.end() ? Json(nullptr) : Json(last->second.toJson())},
                     {"lastMessageTime", lastTime ? Json(toIso8601(*lastTime)) : Json(nullptr)},
                     {"unreadCount", viewer.empty() ? 0 : tallies[session.id].unread},
                     {"createdAt", toIso8601(session.createdAt)},
                     {"updatedAt", toIso8601(session.updatedAt)}};
    if (session.type != "private") {
      shown["ownerId"] = session.ownerId.empty() ? Json(nullptr) : Json(session.ownerId);
      shown["memberCount"] = session.memberCount;
    }
    for (const auto& member : session.extra) shown.emplace(member.key(), member.value());  // none of the above
    list.push_back(std::move(shown));
  }
  return list;
}

}  // namespace parley::chat
