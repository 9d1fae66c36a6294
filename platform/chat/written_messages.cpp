// SPDX-License-Identifier: Apache-2.0
#include "chat/written_messages.h"

#include "chat/collections.h"
#include "chat/documents.h"

#include <algorithm>
#include <utility>

namespace parley::chat {

namespace {
constexpr std::int64_t sessionsAtOnce = 500;
}

WrittenMessages::WrittenMessages(Store& store, std::string userId) : store_(store), userId_(std::move(userId)) {}

bool WrittenMessages::next(std::int64_t limit, std::vector<Document>& messages) {
  messages.clear();
  if (found_.empty()) return findSessions();
  const auto written = where("sessionId") == found_.front() && where("sender") == userId_ && where("seq") > readTo_;
  messages = store_.find(collections::messages, written, {.sort = {{"seq"}}, .limit = limit});
  if (messages.empty()) {
    found_.pop_front();
    readTo_ = 0;
  } else {
    readTo_ = integerOf(messages.back(), "seq");
  }
  return true;
}

/// False when there are no sessions left to search.
bool WrittenMessages::findSessions() {
  JsonArray ids;
  for (const auto& session :
       store_.find(collections::sessions, where("_id") > searchedTo_, {.sort = {{"_id"}}, .limit = sessionsAtOnce})) {
    searchedTo_ = stringOf(session, "_id");
    ids.emplace_back(searchedTo_);
  }
  if (ids.empty()) return false;
  const auto written = where("sessionId").in(std::move(ids)) && where("sender") == userId_;
  for (const auto& [sessionId, count] : store_.groupCount(collections::messages, written, "sessionId"))
    if (sessionId.is_string()) found_.emplace_back(sessionId.get_string());
  std::sort(found_.begin(), found_.end());
  return true;
}

}  // namespace parley::chat
