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

std::string Syncing::missed(const std::string& sessionId, const Caller& caller, std::int64_t after, std::int64_t limit,
                            Room& room) {
  const auto most = room.bytes > 0 ? std::min(limit, room.messages) : 0;
  // One more tells whether there are more.
  auto found = scope_.messages()
                   .history({.sessionId = sessionId, .limit = most + 1, .afterSeq = after, .viewer = caller.userId})
                   .messages;
  if (found.empty()) return {};
  std::string texts;
  std::int64_t count = 0;
  for (const auto& message : found) {
    if (count == most || room.bytes <= 0) break;
    const auto text = message.toText().text;
    room.bytes -= static_cast<std::int64_t>(text.size());
    texts += count++ == 0 ? "" : ",";
    texts += text;
    after = message.seq;
  }
  room.messages -= count;
  const auto* hasMore = count < static_cast<std::int64_t>(found.size()) ? "true" : "false";
  found.resize(static_cast<std::size_t>(count));
  std::erase_if(found, [&caller](const Message& message) { return message.receiverId != caller.userId; });
  if (caller.isUser()) scope_.messages().delivered(found);
  return R"({"messages":[)" + texts + R"(],"nextSeq":)" + std::to_string(after) + R"(,"hasMore":)" + hasMore + '}';
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

  std::string sessions;
  JsonArray gone;
  Room room{limits_.messages, limits_.bytes};
  for (const auto& [sessionId, seq] : seen) {
    if (const auto known = newest.find(sessionId); known != newest.end() && known->second <= seq) continue;
    try {
      const auto part = missed(sessionId, call.caller, seq, perSession, room);
      if (part.empty()) continue;
      appendJson(sessions += sessions.empty() ? "" : ",", sessionId);
      sessions += ':' + part;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::Forbidden && error.code() != ErrorCode::NotFound) throw;
      gone.emplace_back(sessionId);
    }
  }
  return Answer(JsonText{R"({"sessions":{)" + sessions + R"(},"others":)" + boost::json::serialize(others) +
                         R"(,"gone":)" + boost::json::serialize(gone) + '}'});
}

}  // namespace messaging
