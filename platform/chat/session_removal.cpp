// SPDX-License-Identifier: Apache-2.0
#include "chat/session_removal.h"

#include "base/log.h"
#include "chat/collections.h"
#include "chat/documents.h"

#include <exception>
#include <utility>

namespace parley::chat {

namespace {

/// Few enough for a task to be short, so that those of others come in between.
constexpr std::int64_t removedAtOnce = 250;

JsonArray idsOf(const std::vector<Document>& documents) {
  JsonArray ids;
  for (const auto& document : documents) ids.emplace_back(document.at("_id"));
  return ids;
}

}  // namespace

void SessionRemoval::start(const std::string& sessionId) {
  later(&SessionRemoval::tell, sessionId);
}

void SessionRemoval::resume() {
  core_.pool.postAccepted([this] {
    core_.store.forEach(collections::sessions, where("removedAt") > Json(""), {}, [this](Document&& session) {
      start(stringOf(session, "_id"));
      return true;
    });
  });
}

/// A failure leaves the rest to the next start of the server: what remains is shown to nobody.
void SessionRemoval::later(void (SessionRemoval::*step)(const std::string&), const std::string& sessionId) {
  core_.pool.postAccepted([this, step, sessionId] {
    try {
      (this->*step)(sessionId);
    } catch (const std::exception& error) {
      base::log("chat").warn("what belonged to a removed session is not yet removed: {}", error.what());
    }
  });
}

void SessionRemoval::tell(const std::string& sessionId) {
  const auto document = core_.store.findOne(collections::sessions, where("_id") == Json(sessionId));
  if (!document) return;
  hooks::SessionRemoved::Removal removal{toSession(*document), {}, stringOf(*document, "removedBy")};
  core_.store.forEach(collections::members, where("sessionId") == Json(sessionId), {}, [&](Document&& member) {
    removal.userIds.push_back(stringOf(member, "userId"));
    return true;
  });
  core_.hooks.after<hooks::SessionRemoved>(removal);
  later(&SessionRemoval::removeSome, sessionId);
}

/// The members after the messages, so that a removal that is taken up again still knows them.
void SessionRemoval::removeSome(const std::string& sessionId) {
  const auto ofSession = where("sessionId") == Json(sessionId);
  if (removeMessages(ofSession) == 0 && removeMembers(ofSession) == 0)
    core_.store.remove(collections::sessions, where("_id") == Json(sessionId));
  else
    later(&SessionRemoval::removeSome, sessionId);
}

std::size_t SessionRemoval::removeMessages(const Filter& ofSession) {
  const FindOptions bySeq{.sort = {{"seq"}}, .limit = removedAtOnce};
  const auto some = core_.store.find(collections::messages, ofSession && where("seq") >= 1, bySeq);
  if (!some.empty()) core_.store.remove(collections::messages, where("_id").in(idsOf(some)));
  return some.size();
}

std::size_t SessionRemoval::removeMembers(const Filter& ofSession) {
  const auto some = core_.store.find(collections::members, ofSession, {.sort = {{"userId"}}, .limit = removedAtOnce});
  if (some.empty()) {
    core_.store.remove(collections::readStates, ofSession);  // of those who left
    return 0;
  }
  // A read state has the `_id` of its member; the log knows no member who has left.
  core_.store.remove(collections::readLog, ofSession);
  core_.store.remove(collections::readStates, where("_id").in(idsOf(some)));
  core_.store.remove(collections::members, where("_id").in(idsOf(some)));
  return some.size();
}

}  // namespace parley::chat
