// SPDX-License-Identifier: Apache-2.0
#include "service_engine.h"

#include <parley/error.h>
#include <parley/fields.h>
#include <parley/time.h>

#include <utility>

using namespace parley;

namespace search {

namespace {

constexpr std::size_t maxGoneSessions = 10'000;

JsonObject toJson(const Entry& entry) {
  return {{"messageId", entry.id},
          {"sessionId", entry.sessionId},
          {"seq", entry.seq},
          {"createdAt", toIso8601(Time{Millis{entry.time}})},
          {"content", entry.text}};
}

/// What the other plugin gives is not believed as it is.
Found toFound(const Json& answer, std::int64_t limit) {
  try {
    Found found;
    found.total = answer.at("total").to_number<std::int64_t>();
    for (const auto& hit : answer.at("messageIds").as_array())
      found.hits.push_back({std::string(hit.as_string()), {}, 0});
    if (static_cast<std::int64_t>(found.hits.size()) > limit) throw Error(ErrorCode::Internal, "too many");
    return found;
  } catch (const std::exception&) {
    throw Error(ErrorCode::Internal, "the search engine's answer is not {total, messageIds}");
  }
}

}  // namespace

ServiceEngine::ServiceEngine(Scope& scope, Options options)
    : scope_(scope), options_(std::move(options)), pending_(options_.maxPending, options_.maxPendingBytes) {}

Json ServiceEngine::call(const char* service, JsonObject argument) {
  return scope_.call(options_.name + "." + service, std::move(argument));
}

Engine::Added ServiceEngine::add(Entry entry) {
  const auto shared = std::make_shared<const Entry>(std::move(entry));
  const std::lock_guard lock(mutex_);
  if (brought_.has(*shared)) return Added::Known;
  if (!pending_.add(shared)) return Added::NoRoom;
  brought_.note(*shared);
  return Added::News;
}

void ServiceEngine::forgetSession(const std::string& sessionId) {
  const std::lock_guard lock(mutex_);
  pending_.dropSession(sessionId);
  // Who searches is no longer in it: what is not told here costs space alone.
  if (goneSessions_.size() < maxGoneSessions) goneSessions_.push_back(sessionId);
}

Found ServiceEngine::find(const Search& search) {
  JsonArray sessions;
  for (const auto& place : search.places)
    sessions.emplace_back(JsonObject{{"sessionId", place.sessionId}, {"fromSeq", place.from}});
  return toFound(call("find", {{"keyword", search.keyword},
                               {"sessions", std::move(sessions)},
                               {"offset", search.offset},
                               {"limit", search.limit}}),
                 search.limit);
}

bool ServiceEngine::work(const std::stop_token&) {
  for (;;) {
    std::string sessionId;
    {
      const std::lock_guard lock(mutex_);
      if (goneSessions_.empty()) break;
      sessionId = goneSessions_.back();
    }
    call("forget", {{"sessionId", sessionId}});
    const std::lock_guard lock(mutex_);
    std::erase(goneSessions_, sessionId);
  }
  return bringMessages();
}

bool ServiceEngine::bringMessages() {
  std::vector<SharedEntry> entries;
  {
    const std::lock_guard lock(mutex_);
    entries = pending_.take(options_.messagesAtOnce);
  }
  if (entries.empty()) return false;
  try {
    JsonArray messages;
    for (const auto& entry : entries) messages.emplace_back(toJson(*entry));
    call("index", {{"messages", std::move(messages)}});
  } catch (...) {
    const std::lock_guard lock(mutex_);
    pending_.putBack();
    throw;
  }
  const std::lock_guard lock(mutex_);
  pending_.settle();
  return true;
}

void ServiceEngine::clear() {
  call("clear", {});
  const std::lock_guard lock(mutex_);
  brought_.clear();
}

Engine::State ServiceEngine::state() {
  State state;
  const std::lock_guard lock(mutex_);
  state.oldestPending = pending_.lowestId();
  state.oldestChange = pending_.oldestChange();
  state.pending = pending_.size();
  return state;
}

}  // namespace search
