// SPDX-License-Identifier: Apache-2.0
#include "syncing.h"

#include <algorithm>
#include <limits>
#include <utility>

using namespace parley;

namespace messaging {

std::map<std::string, std::int64_t> Syncing::seenOf(const Json& data) const {
  const Fields fields(data);
  if (!fields.has("sessions")) Fields::fail("sessions", "is required");
  const auto& sessions = data.get_object().at("sessions");
  const Fields seqs(sessions, "sessions");
  const auto& members = sessions.get_object();
  if (static_cast<std::int64_t>(members.size()) > limits_.sessions)
    Fields::fail("sessions", "must be at most " + std::to_string(limits_.sessions));
  std::map<std::string, std::int64_t> seen;
  for (const auto& member : members) {
    if (!isValidId(member.key())) Fields::fail("sessions", "must have session ids as names");
    seen[std::string(member.key())] = seqs.integer(member.key(), 0, std::numeric_limits<std::int64_t>::max());
  }
  return seen;
}

/// One more than asked for tells whether there are more.
JsonObject Syncing::missed(const std::string& sessionId, const std::string& userId, std::int64_t after,
                           std::int64_t limit) {
  auto found = scope_.messages()
                   .history({.sessionId = sessionId, .limit = limit + 1, .afterSeq = after, .viewer = userId})
                   .messages;
  const bool hasMore = static_cast<std::int64_t>(found.size()) > limit;
  if (hasMore) found.resize(static_cast<std::size_t>(limit));
  JsonArray messages;
  for (const auto& message : found) messages.push_back(message.toJson());
  return {
      {"messages", std::move(messages)}, {"nextSeq", found.empty() ? after : found.back().seq}, {"hasMore", hasMore}};
}

Answer Syncing::sync(const EventCall& call) {
  const auto seen = seenOf(call.data());
  const auto perSession =
      Fields(call.data()).optionalInteger("limit", 1, limits_.perSession).value_or(limits_.perSession);
  const auto& userId = call.caller.userId;
  JsonArray others;
  std::map<std::string, std::int64_t> newest;
  for (const auto& session : scope_.sessions().listFor(userId, 1, limits_.sessions + limits_.others).sessions) {
    newest[session.id] = session.lastSeq;
    if (!seen.contains(session.id) && session.lastSeq > 0 && static_cast<std::int64_t>(others.size()) < limits_.others)
      others.push_back(JsonObject{{"sessionId", session.id}, {"lastSeq", session.lastSeq}});
  }

  JsonObject sessions;
  JsonArray gone;
  auto left = limits_.messages;
  for (const auto& [sessionId, seq] : seen) {
    if (const auto known = newest.find(sessionId); known != newest.end() && known->second <= seq) continue;
    try {
      auto part = missed(sessionId, userId, seq, std::min(perSession, left));
      const auto count = static_cast<std::int64_t>(part.at("messages").get_array().size());
      left -= count;
      if (count > 0 || part.at("hasMore").get_bool()) sessions[sessionId] = std::move(part);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::Forbidden && error.code() != ErrorCode::NotFound) throw;
      gone.emplace_back(sessionId);
    }
  }
  return Answer(
      JsonObject{{"sessions", std::move(sessions)}, {"others", std::move(others)}, {"gone", std::move(gone)}});
}

}  // namespace messaging
