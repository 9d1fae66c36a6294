// SPDX-License-Identifier: Apache-2.0
#include "chat/written_messages.h"

#include "chat/collections.h"
#include "chat/documents.h"

#include <algorithm>
#include <utility>

namespace parley::chat {

namespace {

constexpr std::int64_t sessionsAtOnce = 500;

bool isOwn(const Document& session, const std::string& userId) {
  if (textOf(session, "sessionType") != "private") return false;
  const auto has = [&userId](const std::vector<std::string>& users) {
    return std::find(users.begin(), users.end(), userId) != users.end();
  };
  return has(participantsOf(session)) || has(goneFrom(session));
}

}  // namespace

WrittenMessages::WrittenMessages(Store& store, std::string userId) : store_(store), userId_(std::move(userId)) {}

bool WrittenMessages::next(std::int64_t limit, std::vector<Document>& messages) {
  messages.clear();
  if (found_.empty()) return findSessions();
  messages = read(found_.front(), limit);
  if (messages.empty()) {
    found_.pop_front();
    readTo_ = 0;
  } else {
    readTo_ = integerOf(messages.back(), "seq");
  }
  std::erase_if(messages, [this](const Document& message) { return textOf(message, "sender") != userId_; });
  return true;
}

/// The next ones that may be of the user.
std::vector<Document> WrittenMessages::read(const Found& session, std::int64_t limit) {
  auto next = where("sessionId") == session.id && where("seq") > readTo_;
  if (!session.isOwn) next = std::move(next) && where("sender") == userId_ && where("senderSeq") >= 0;
  return store_.find(collections::messages, next, {.sort = {{"seq"}}, .limit = limit});
}

/// False when there are no sessions left to search.
bool WrittenMessages::findSessions() {
  JsonArray ids;
  const auto last = searchedTo_;
  for (const auto& session :
       store_.find(collections::sessions, where("_id") > last, {.sort = {{"_id"}}, .limit = sessionsAtOnce})) {
    searchedTo_ = stringOf(session, "_id");
    if (isOwn(session, userId_))
      found_.push_back({searchedTo_, true});
    else
      ids.emplace_back(searchedTo_);
  }
  if (searchedTo_ == last) return false;
  if (ids.empty()) return true;
  const auto written = where("sessionId").in(std::move(ids)) && where("sender") == userId_ && where("senderSeq") >= 0;
  for (const auto& [sessionId, count] : store_.groupCount(collections::messages, written, "sessionId"))
    if (sessionId.is_string()) found_.push_back({std::string(sessionId.get_string()), false});
  return true;
}

}  // namespace parley::chat
