// SPDX-License-Identifier: Apache-2.0
#include "announcer.h"

#include "groups.h"

#include <algorithm>
#include <cstdint>
#include <utility>

using namespace parley;

namespace group_chat {

namespace {

/// Names in a sentence; of more it says how many.
constexpr std::size_t namesInText = 5;

std::string nameOf(const User& user) {
  if (!user.realName.empty()) return user.realName;
  return user.username.empty() ? user.id : user.username;
}

std::vector<std::string> firstOf(const std::vector<std::string>& ids, std::size_t count) {
  return {ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(std::min(count, ids.size()))};
}

/// A group that was dissolved meanwhile has nobody to tell.
template <typename Tell>
void unlessGone(Tell tell) {
  try {
    tell();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::NotFound) throw;
  }
}

}  // namespace

/// As one sees it for whom nothing is unread.
JsonObject Announcer::shown(const Session& session) {
  return scope_.sessions().toJson({session}, "").front().as_object();
}

/// What all see alike, without who is in it.
JsonObject Announcer::outline(const Session& session) {
  auto json = shown(session);
  for (const auto* member : {"participants", "unreadCount"}) json.erase(member);
  return json;
}

/// Those of them who are still in it, as many as may be shown.
JsonArray Announcer::members(const std::string& sessionId, const Ids& userIds) {
  std::vector<Member> found;
  for (const auto& userId : firstOf(userIds, rules_.shownMembers))
    if (auto member = scope_.sessions().member(sessionId, userId)) found.push_back(*std::move(member));
  return toJson(scope_, found);
}

void Announcer::emit(const Ids& userIds, const char* event, JsonObject data) {
  scope_.sockets().toUsers(userIds, Emit(event, Json(std::move(data))));
}

/// `data.session` is as all see it, but for its last message: who came later must not see it.
void Announcer::emitSession(const Ids& userIds, const char* event, const std::string& sessionId, JsonObject data) {
  auto& session = data.at("session").as_object();
  const auto* last = session.at("lastMessage").if_object();
  if (last == nullptr) return emit(userIds, event, std::move(data));
  const auto seq = last->at("seq").to_number<std::int64_t>();
  Ids inTime;
  Ids later;
  for (const auto& userId : userIds)
    (scope_.sessions().visibleFrom(sessionId, userId).value_or(1) <= seq ? inTime : later).push_back(userId);
  if (!inTime.empty()) emit(inTime, event, data);
  if (later.empty()) return;
  session["lastMessage"] = nullptr;
  session["lastMessageTime"] = nullptr;
  emit(later, event, std::move(data));
}

/// Nothing is unread in a new group, so that all see the same.
void Announcer::created(const Session& session) {
  if (session.type != sessionType) return;
  unlessGone([&] {
    emit(scope_.sessions().participantsOf(session.id), "session:created", {{"session", shown(session)}});
  });
}

void Announcer::updated(const hooks::SessionUpdated::Update& update) {
  const auto& session = update.session;
  if (session.type != sessionType) return;
  unlessGone([&] {
    emitSession(scope_.sessions().participantsOf(session.id), "session:updated", session.id,
                {{"session", outline(session)}, {"byUserId", update.byUserId}});
    const auto& change = update.change;
    if (change.name) say(session, Happening::Renamed, update.byUserId, {}, *change.name);
    if (const auto* text = change.extra.if_contains("announcement"); text && text->is_string())
      say(session, text->get_string().empty() ? Happening::AnnouncementGone : Happening::Announced, update.byUserId, {},
          std::string(text->get_string()));
    if (change.ownerId) say(session, Happening::NewOwner, update.byUserId, {*change.ownerId});
  });
}

void Announcer::membersChanged(const hooks::MembersChanged::Change& change) {
  const auto& session = change.session;
  if (session.type != sessionType) return;
  unlessGone([&] {
    const auto everyone = scope_.sessions().participantsOf(session.id);
    const auto event = [&](JsonObject more) {
      JsonObject data{{"sessionId", session.id}, {"memberCount", session.memberCount}, {"byUserId", change.byUserId}};
      for (auto& [name, value] : more) data[name] = std::move(value);
      return data;
    };
    if (!change.joined.empty()) {
      emitSession(change.joined, "session:created", session.id, {{"session", shown(session)}});
      emit(everyone, "session:member:joined", event({{"members", members(session.id, change.joined)}}));
      const bool alone = change.joined.size() == 1 && change.joined.front() == change.byUserId;
      say(session, alone ? Happening::CameIn : Happening::Joined, change.byUserId, change.joined);
    }
    if (!change.left.empty()) {
      auto told = everyone;
      told.insert(told.end(), change.left.begin(), change.left.end());
      emit(told, "session:member:left", event({{"userIds", JsonArray(change.left.begin(), change.left.end())}}));
      const bool byThemselves = change.left.front() == change.byUserId;
      say(session, byThemselves ? Happening::Left : Happening::Removed, change.byUserId, change.left);
    }
    if (!change.changed.empty()) {
      emitSession(everyone, "session:updated", session.id,
                  {{"session", outline(session)},
                   {"byUserId", change.byUserId},
                   {"members", members(session.id, change.changed)}});
    }
  });
}

void Announcer::removed(const hooks::SessionRemoved::Removal& removal) {
  if (removal.session.type != sessionType) return;
  emit(removal.userIds, "session:deleted", {{"sessionId", removal.session.id}, {"byUserId", removal.byUserId}});
}

void Announcer::guard(const MessageDraft& draft) {
  if (draft.messageType == systemType && !draft.byServer) Fields::fail("messageType", "system is the server's own");
}

void Announcer::say(const Session& session, Happening what, const std::string& byUserId, const Ids& userIds,
                    const std::string& text) {
  if (!rules_.systemMessages || byUserId.empty()) return;
  auto asked = firstOf(userIds, namesInText);
  asked.push_back(byUserId);
  std::vector<std::string> names;
  for (const auto& user : scope_.users().findMany(asked)) names.push_back(nameOf(user));
  const auto by = std::move(names.back());
  names.pop_back();

  MessageDraft draft;
  draft.sessionId = session.id;
  draft.senderId = byUserId;
  draft.byServer = true;
  draft.messageType = systemType;
  draft.content = sentence(what, rules_.inChinese, by, listOfNames(names, userIds.size(), rules_.inChinese), text);
  JsonObject system{{"action", actionOf(what)}};
  if (!userIds.empty()) {
    const auto shown = firstOf(userIds, rules_.shownMembers);
    system["userIds"] = JsonArray(shown.begin(), shown.end());
  }
  if (what == Happening::Renamed) system["sessionName"] = text;
  if (what == Happening::Announced || what == Happening::AnnouncementGone) system["announcement"] = text;
  draft.extra["system"] = std::move(system);
  scope_.messages().send(std::move(draft), [&log = scope_.log()](const Result<Message>& sent) {
    if (!sent && sent.error().code() != ErrorCode::NotFound)
      log.warn("a system message was not sent: " + sent.error().detail());
  });
}

}  // namespace group_chat
