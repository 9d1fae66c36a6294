// SPDX-License-Identifier: Apache-2.0
#include "chat/migration/session_pass.h"

#include "base/log.h"
#include "chat/collections.h"
#include "chat/documents.h"
#include "chat/members.h"

#include <parley/fields.h>

#include <algorithm>
#include <unordered_set>

namespace parley::chat::migration {

namespace {

constexpr std::int64_t sessionsAtOnce = 200;
/// Participants who are looked up to find a group's owner.
constexpr std::size_t ownersTried = 100;

/// Each once, in their order.
std::vector<std::string> distinctParticipants(const Document& session) {
  std::vector<std::string> distinct;
  std::unordered_set<std::string> seen;
  for (auto& userId : participantsOf(session))
    if (isValidId(userId) && seen.insert(userId).second) distinct.push_back(std::move(userId));
  return distinct;
}

/// Where the field is missing, what a server without one of its own would take it for.
std::string typeOf(const Document& session, std::size_t participants) {
  auto type = stringOf(session, "sessionType");
  if (type.empty()) type = participants == 2 ? "private" : "group";
  return type;
}

/// Nothing for those that are not of two users.
std::optional<std::string> pairKeyOf(const Document& session) {
  const auto users = distinctParticipants(session);
  if (users.size() != 2 || typeOf(session, users.size()) != "private") return std::nullopt;
  return std::min(users[0], users[1]) + "|" + std::max(users[0], users[1]);
}

}  // namespace

Filter sessionsFromBefore() {
  return !where("memberCount").exists() && !where("pairKey").exists() && !where("removedAt").exists();
}

void SessionPass::run(std::string after) {
  for (;;) {
    const auto filter = after.empty() ? sessionsFromBefore() : where("_id") > after && sessionsFromBefore();
    const auto page = store_.find(collections::sessions, filter, {.sort = {{"_id"}}, .limit = sessionsAtOnce});
    if (page.empty()) break;
    after = stringOf(page.back(), "_id");
    takePage(page);
    steps_.reached(after);
    steps_.flush();
  }
}

/// What marks a session as one that is through is the last that it gets.
void SessionPass::takePage(const std::vector<Document>& page) {
  std::vector<std::string> owners;
  for (const auto& session : page) {
    owners.push_back(ownerOf(session));
    addMembers(session, owners.back());
  }
  const auto pairKeys = decidePairs(page);
  for (std::size_t i = 0; i < page.size(); ++i) {
    const auto& session = page[i];
    const auto members = distinctParticipants(session).size();
    Update update;
    if (stringOf(session, "sessionType").empty()) update.set("sessionType", Json(typeOf(session, members)));
    if (!owners[i].empty()) update.set("ownerId", Json(owners[i]));
    update.set("memberCount", members);
    const auto id = stringOf(session, "_id");
    if (const auto key = pairKeys.find(id); key != pairKeys.end()) update.set("pairKey", Json(key->second));
    steps_.add(Write::updateOne(collections::sessions, where("_id") == Json(id), update));
  }
}

void SessionPass::addMembers(const Document& session, const std::string& ownerId) {
  const auto sessionId = stringOf(session, "_id");
  Place place;
  place.joinedAt = timeOf(session, "createdAt").value_or(Time{});
  for (const auto& userId : distinctParticipants(session)) {
    place.role = userId == ownerId ? "admin" : "member";
    Update update;
    for (const auto& [name, value] : memberDocument(sessionId, userId, place))
      if (name != "_id") update.setOnInsert(std::string(name), value);
    steps_.add(Write::upsert(collections::members, where("_id") == Json(memberId(sessionId, userId)), update));
  }
}

/// Empty when it has one, or needs none.
std::string SessionPass::ownerOf(const Document& session) {
  auto users = distinctParticipants(session);
  if (users.empty() || session.contains("ownerId") || typeOf(session, users.size()) == "private") return {};
  if (users.size() > ownersTried) users.resize(ownersTried);
  std::unordered_set<std::string> known;
  for (const auto& user : store_.find(collections::users, where("_id").in(JsonArray(users.begin(), users.end()))))
    known.insert(stringOf(user, "_id"));
  const auto found =
      std::find_if(users.begin(), users.end(), [&](const auto& userId) { return known.contains(userId); });
  return found == users.end() ? users.front() : *found;
}

SessionPass::Age SessionPass::ageOf(const Document& session) {
  const auto created = timeOf(session, "createdAt").value_or(Time{});
  return {timeOf(session, "lastMessageTime").value_or(created), stringOf(session, "_id")};
}

/// By the session that is to have it. The key is unique: whoever had it gives it up first.
std::map<std::string, std::string> SessionPass::decidePairs(const std::vector<Document>& sessions) {
  std::map<std::string, Holder> holders;
  for (const auto& session : sessions) {
    const auto key = pairKeyOf(session);
    if (!key) continue;
    auto& newest = holders[*key].newest;
    newest = std::max(newest.value_or(Age{}), ageOf(session));
  }
  JsonArray keys;
  for (const auto& [key, holder] : holders) keys.emplace_back(key);
  if (keys.empty()) return {};
  for (const auto& session : store_.find(collections::sessions, where("pairKey").in(std::move(keys)))) {
    auto& holder = holders[stringOf(session, "pairKey")];
    holder.storedId = stringOf(session, "_id");
    holder.newest = std::max(*holder.newest, ageOf(session));
  }
  std::map<std::string, std::string> keyOf;
  for (const auto& [key, holder] : holders) {
    const auto& id = holder.newest->second;
    if (id == holder.storedId) continue;
    keyOf.emplace(id, key);
    if (!holder.storedId.empty())
      steps_.add(Write::updateOne(collections::sessions, where("_id") == Json(holder.storedId),
                                  Update().unset("pairKey").set("memberCount", 2)));
  }
  return keyOf;
}

}  // namespace parley::chat::migration
