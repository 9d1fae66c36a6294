// SPDX-License-Identifier: Apache-2.0
#include "chat/user_export.h"

#include "chat/collections.h"
#include "chat/documents.h"

#include <parley/chat.h>

#include <iterator>
#include <unordered_map>
#include <utility>

namespace parley::chat {

namespace {

constexpr std::int64_t itemsAtOnce = 250;

Document without(Document document, std::initializer_list<const char*> members) {
  for (const auto* member : members) document.erase(member);
  return document;
}

}  // namespace

UserExport::UserExport(Store& store, std::string userId)
    : store_(store), userId_(std::move(userId)), written_(store, userId_) {}

Json UserExport::profile() {
  auto user = store_.findOne(collections::users, where("_id") == userId_);
  if (!user) return nullptr;
  return without(*std::move(user), {"password"});
}

/// One document for each session.
std::vector<Document> UserExport::page(const char* collection, std::string& readTo) {
  auto found = store_.find(collection, where("userId") == userId_ && where("sessionId") > readTo,
                           {.sort = {{"userId"}, {"sessionId"}}, .limit = itemsAtOnce});
  if (!found.empty()) readTo = stringOf(found.back(), "sessionId");
  return found;
}

std::optional<JsonArray> UserExport::sessions() {
  auto places = page(collections::members, sessionsTo_);
  if (places.empty()) return std::nullopt;
  JsonArray ids;
  for (const auto& place : places) ids.emplace_back(place.at("sessionId"));
  std::unordered_map<std::string, Session> sessions;
  for (const auto& session : store_.find(collections::sessions, where("_id").in(std::move(ids))))
    sessions.emplace(stringOf(session, "_id"), toSession(session));
  JsonArray items;
  for (auto& place : places) {
    const auto& session = sessions[stringOf(place, "sessionId")];
    auto item = without(std::move(place), {"_id", "userId"});
    item["sessionType"] = session.type;
    item["sessionName"] = session.name;
    if (session.ownerId == userId_) item["role"] = "owner";
    items.push_back(std::move(item));
  }
  return items;
}

std::optional<JsonArray> UserExport::readStates() {
  if (states_.empty())
    for (auto& state : page(collections::readStates, statesTo_)) states_.push_back(std::move(state));
  if (states_.empty()) return std::nullopt;
  JsonArray items;
  for (std::int64_t entries = 0; !states_.empty() && entries < itemsAtOnce; ++entries) {
    items.push_back(nextOfState());
    entries += std::ssize(items.back().at("log").as_array());
  }
  return items;
}

/// The first state, or what follows of its log; the newest entries, which lie in the state itself, at the end.
JsonObject UserExport::nextOfState() {
  auto& state = states_.front();
  const auto logged = where("sessionId") == stringOf(state, "sessionId") && where("userId") == userId_;
  auto entries = store_.find(collections::readLog, logged && where("to") > loggedTo_,
                             {.sort = {{"sessionId"}, {"userId"}, {"to"}}, .limit = itemsAtOnce});
  JsonObject item{{"sessionId", state.at("sessionId")}};
  if (loggedTo_ == 0) item = without(state, {"_id", "userId", "revision", "log"});
  JsonArray log;
  for (auto& entry : entries) {
    loggedTo_ = integerOf(entry, "to");
    log.push_back(without(std::move(entry), {"_id", "userId", "sessionId"}));
  }
  if (std::ssize(entries) < itemsAtOnce) {
    if (const auto* newest = state.if_contains("log"); newest != nullptr && newest->is_array())
      log.insert(log.end(), newest->get_array().begin(), newest->get_array().end());
    states_.pop_front();
    loggedTo_ = 0;
  }
  item["log"] = std::move(log);
  return item;
}

std::optional<JsonArray> UserExport::messages() {
  std::vector<Document> found;
  if (!written_.next(itemsAtOnce, found)) return std::nullopt;
  JsonArray items;
  for (const auto& document : found)
    if (auto message = toMessage(document); !message.deleted) items.push_back(message.toJson());
  return items;
}

}  // namespace parley::chat
