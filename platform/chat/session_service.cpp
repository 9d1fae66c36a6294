// SPDX-License-Identifier: Apache-2.0
#include "chat/session_service.h"

#include "base/id.h"
#include "chat/collections.h"
#include "chat/documents.h"

#include <parley/fields.h>

#include <algorithm>
#include <set>
#include <unordered_map>
#include <utility>

namespace parley::chat {

namespace {

Document memberDocument(const std::string& sessionId, const std::string& userId, const std::string& now) {
  return {{"_id", memberId(sessionId, userId)},
          {"sessionId", sessionId},
          {"userId", userId},
          {"role", "member"},
          {"joinedAt", now}};
}

/// The unread marks of one user, by session.
std::unordered_map<std::string, std::int64_t> readMarks(Store& store, const std::vector<Session>& sessions,
                                                        const std::string& userId) {
  JsonArray ids;
  for (const auto& session : sessions) ids.emplace_back(memberId(session.id, userId));
  std::unordered_map<std::string, std::int64_t> marks;
  for (const auto& state : store.find(collections::readStates, where("_id").in(std::move(ids))))
    marks.emplace(stringOf(state, "sessionId"), integerOf(state, "readUpTo"));
  return marks;
}

/// By session: the newest message that was not deleted.
std::unordered_map<std::string, Message> lastMessages(Store& store, const std::vector<Session>& sessions) {
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
  deriveStatus(store, messages);
  std::unordered_map<std::string, Message> bySession;
  for (auto& message : messages) bySession.emplace(message.sessionId, std::move(message));
  return bySession;
}

}  // namespace

bool Members::has(const std::string& userId) const {
  return std::find(userIds.begin(), userIds.end(), userId) != userIds.end();
}

SessionService::SessionService(Core& core, Users& users) : core_(core), users_(users) {}

Sessions::Made SessionService::openPrivate(const std::string& userId1, const std::string& userId2) {
  if (!isValidId(userId1)) Fields::fail("userId1", "is not a user id");
  if (!isValidId(userId2)) Fields::fail("userId2", "is not a user id");
  if (userId1 == userId2) Fields::fail("userId2", "must be another user than userId1");
  const auto& [low, high] = std::minmax(userId1, userId2);
  const auto pairKey = low + "|" + high;
  // Twice: whoever loses the race to make it finds it then.
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (const auto found = core_.store.findOne(collections::sessions, where("pairKey") == Json(pairKey)))
      return {toSession(*found), false};
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
                    {"createdAt", now},
                    {"updatedAt", now}};
  auto session = toSession(document);
  std::vector<Write> writes;
  for (const auto& userId : userIds)
    writes.push_back(Write::insert(collections::members, memberDocument(id, userId, now)));
  writes.push_back(Write::insert(collections::sessions, std::move(document)));
  try {
    core_.write(std::move(writes));
    return session;
  } catch (const Error& error) {
    core_.store.remove(collections::members, where("sessionId") == Json(id));
    if (error.code() != ErrorCode::Conflict) throw;
    return std::nullopt;
  }
}

std::optional<Session> SessionService::find(const std::string& id) {
  const auto document = core_.store.findOne(collections::sessions, where("_id") == Json(id));
  if (!document) return std::nullopt;
  return toSession(*document);
}

std::shared_ptr<const Members> SessionService::membersOf(const std::string& sessionId) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto* known = cache_.find(sessionId)) return *known;
  }
  auto session = find(sessionId);
  if (!session) throw Error(ErrorCode::NotFound, "no such session");
  auto members = std::make_shared<Members>();
  members->isPrivate = session->type == "private";
  if (!members->isPrivate) {
    for (const auto& member : core_.store.find(collections::members, where("sessionId") == Json(sessionId)))
      members->userIds.push_back(stringOf(member, "userId"));
    return members;
  }
  members->userIds = std::move(session->participants);
  const std::lock_guard lock(mutex_);
  cache_.put(sessionId, members);
  cache_.shrink(core_.options.cachedSessions, [](const auto&) { return true; });
  return members;
}

bool SessionService::isParticipant(const std::string& sessionId, const std::string& userId) {
  return membersOf(sessionId)->has(userId);
}

std::vector<std::string> SessionService::participantsOf(const std::string& sessionId) {
  return membersOf(sessionId)->userIds;
}

Sessions::Page SessionService::listFor(const std::string& userId, std::int64_t page, std::int64_t limit) {
  JsonArray ids;
  for (const auto& member : core_.store.find(collections::members, where("userId") == Json(userId)))
    ids.emplace_back(stringOf(member, "sessionId"));
  Page result;
  if (ids.empty()) return result;
  const auto mine = where("_id").in(std::move(ids));
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

/// Everything after the mark but the user's own, which `senderSeq` counts.
std::int64_t SessionService::unreadCount(const std::string& sessionId, const std::string& userId,
                                         std::int64_t readUpTo) {
  const auto ownAfter =
      sentBy(core_.store, sessionId, userId) - (readUpTo > 0 ? sentBy(core_.store, sessionId, userId, readUpTo) : 0);
  return std::max<std::int64_t>(0, highestSeq(core_.store, sessionId) - readUpTo - ownAfter);
}

JsonArray SessionService::toJson(const std::vector<Session>& sessions, const std::string& viewer) {
  std::vector<std::vector<std::string>> participants;
  std::set<std::string> people;
  for (const auto& session : sessions) {
    participants.push_back(session.type == "private" ? session.participants : participantsOf(session.id));
    people.insert(participants.back().begin(), participants.back().end());
  }
  std::unordered_map<std::string, JsonObject> users;
  for (const auto& user : users_.findMany({people.begin(), people.end()})) users.emplace(user.id, user.toJson());
  const auto messages = lastMessages(core_.store, sessions);
  const auto marks = readMarks(core_.store, sessions, viewer);

  JsonArray list;
  for (std::size_t i = 0; i < sessions.size(); ++i) {
    const auto& session = sessions[i];
    JsonArray who;
    for (const auto& userId : participants[i]) who.emplace_back(users[userId]);
    const auto last = messages.find(session.id);
    const auto mark = marks.find(session.id);
    const auto unread = viewer.empty() ? 0 : unreadCount(session.id, viewer, mark == marks.end() ? 0 : mark->second);
    list.push_back(JsonObject{
        {"_id", session.id},
        {"participants", std::move(who)},
        {"sessionType", session.type},
        {"sessionName", session.name},
        {"lastMessage", last == messages.end() ? Json(nullptr) : Json(last->second.toJson())},
        {"lastMessageTime", last == messages.end() ? Json(nullptr) : Json(toIso8601(last->second.createdAt))},
        {"unreadCount", unread},
        {"createdAt", toIso8601(session.createdAt)},
        {"updatedAt", toIso8601(session.updatedAt)}});
  }
  return list;
}

}  // namespace parley::chat
