// SPDX-License-Identifier: Apache-2.0
#include "receipts.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <mutex>
#include <utility>

using namespace parley;

namespace read_receipts {

namespace {

constexpr auto maxSeq = std::numeric_limits<std::int64_t>::max();

JsonObject receiptOf(const std::string& messageId, const Reads::Marked& marked) {
  return {{"messageId", messageId},
          {"sessionId", marked.sessionId},
          {"userId", marked.userId},
          {"readAt", toIso8601(marked.readAt)}};
}

Json statusOf(const std::string& messageId, const Reads::Marked& marked) {
  return JsonObject{
      {"messageId", messageId}, {"sessionId", marked.sessionId}, {"userId", marked.userId}, {"status", "read"}};
}

/// `messageId`, or a list of them as `messageIds`.
std::vector<std::string> messageIdsOf(const Json& data, std::size_t max) {
  const Fields fields(data);
  if (!fields.has("messageIds")) return {fields.id("messageId")};
  const auto& list = data.get_object().at("messageIds");
  if (!list.is_array()) Fields::fail("messageIds", "must be a list");
  if (list.get_array().empty()) Fields::fail("messageIds", "must not be empty");
  if (list.get_array().size() > max) Fields::fail("messageIds", "must be at most " + std::to_string(max));
  std::vector<std::string> ids;
  for (const auto& id : list.get_array()) {
    if (!id.is_string() || !isValidId(std::string_view(id.get_string()))) Fields::fail("messageIds", "must be ids");
    ids.emplace_back(id.get_string());
  }
  return ids;
}

/// The receipts of one call; answered when the last mark is done. Marks end on different threads.
class Gathered {
 public:
  Gathered(std::size_t count, bool isList, Reply reply)
      : receipts_(count), left_(count), isList_(isList), reply_(std::move(reply)) {}

  void put(std::size_t index, JsonObject receipt) { end(index, std::move(receipt), std::nullopt); }
  void fail(std::size_t index, const Error& error) { end(index, {}, error); }

 private:
  void end(std::size_t index, JsonObject receipt, const std::optional<Error>& error) {
    {
      const std::lock_guard lock(mutex_);
      receipts_[index] = std::move(receipt);
      if (error && !error_) error_ = error;
      if (--left_ > 0) return;
    }
    if (error_) return reply_(*error_);
    if (isList_) return reply_(Answer(Json(JsonArray(receipts_.begin(), receipts_.end()))));
    reply_(Answer(Json(std::move(receipts_.front()))));
  }

  std::mutex mutex_;
  std::vector<JsonObject> receipts_;
  std::size_t left_;
  bool isList_;
  Reply reply_;
  std::optional<Error> error_;
};

}  // namespace

void Receipts::readMessages(const EventCall& call, const Reply& reply) {
  const auto ids = messageIdsOf(call.data(), settings_.messagesPerCall);
  const auto gathered = std::make_shared<Gathered>(ids.size(), Fields(call.data()).has("messageIds"), reply);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    try {
      scope_.reads().markMessage(
          ids[i], call.caller.userId,
          [this, gathered, i, id = ids[i], socketId = call.caller.socketId](const Result<Reads::Marked>& marked) {
            if (!marked) return gathered->fail(i, marked.error());
            gathered->put(i, receiptOf(id, marked.value()));
            tellOfMessage(id, marked.value(), socketId);
          });
    } catch (const Error& error) {
      gathered->fail(i, error);
    }
  }
}

void Receipts::readMessage(const HttpCall& call, const HttpReply& reply) {
  const auto id = call.param("messageId").value_or("");
  call.jsonBody();  // of another type it is refused
  if (call.caller.userId.empty()) Fields::fail("userId", "is required");
  scope_.reads().markMessage(id, call.caller.userId, [this, id, reply](const Result<Reads::Marked>& marked) {
    if (!marked) return reply(marked.error());
    reply(HttpResponse::ok(Json(receiptOf(id, marked.value()))));
    tellOfMessage(id, marked.value(), {});
  });
}

void Receipts::tellOfMessage(const std::string& messageId, const Reads::Marked& marked, const std::string& fromSocket) {
  if (!marked.any()) return;
  Emit receipt("message:read", Json(receiptOf(messageId, marked)));
  receipt.exceptSocket = fromSocket;
  scope_.sockets().toUsers({marked.senderId, marked.userId}, std::move(receipt));
  if (!marked.receiverId.empty())
    scope_.sockets().toUsers({marked.senderId}, Emit("message:status", statusOf(messageId, marked)));
}

void Receipts::readSession(const EventCall& call, const Reply& reply) {
  const Fields fields(call.data());
  const auto sessionId = fields.id("sessionId");
  const auto upToSeq = fields.optionalInteger("upToSeq", 0, maxSeq);
  scope_.reads().markUpTo(sessionId, call.caller.userId, upToSeq,
                          [this, upToSeq, reply, socketId = call.caller.socketId](const Result<Reads::Marked>& result) {
                            if (!result) return reply(result.error());
                            const auto& marked = result.value();
                            const auto session = scope_.sessions().find(marked.sessionId);
                            const auto newest = session ? session->lastSeq : 0;
                            const auto upTo = std::min(upToSeq.value_or(newest), newest);
                            reply(Answer(JsonObject{{"sessionId", marked.sessionId},
                                                    {"userId", marked.userId},
                                                    {"upToSeq", upTo},
                                                    {"readAt", toIso8601(marked.readAt)}}));
                            tellOfSession(marked, upTo, socketId);
                          });
}

void Receipts::tellOfSession(const Reads::Marked& marked, std::int64_t upToSeq, const std::string& fromSocket) {
  if (!marked.any()) return;
  auto listeners = scope_.sessions().participantsOf(marked.sessionId);
  if (listeners.size() > settings_.toldMembers) listeners = {marked.userId};
  Emit receipt("session:read", Json(JsonObject{{"sessionId", marked.sessionId},
                                               {"userId", marked.userId},
                                               {"upToSeq", upToSeq},
                                               {"readAt", toIso8601(marked.readAt)}}));
  receipt.exceptSocket = fromSocket;
  scope_.sockets().toUsers(listeners, std::move(receipt));
  const auto session = scope_.sessions().find(marked.sessionId);
  if (!session || session->type != "private") return;
  for (const auto& userId : session->participants)
    if (userId != marked.userId) tellStatuses(marked, userId);
}

/// Clients of the standard API know `message:status` alone.
void Receipts::tellStatuses(const Reads::Marked& marked, const std::string& senderId) {
  if (settings_.statusesPerRead == 0) return;
  const auto newest = scope_.messages().history(
      {.sessionId = marked.sessionId, .limit = settings_.statusesPerRead, .beforeSeq = marked.ranges.back().to + 1});
  for (const auto& message : newest.messages) {
    const bool isNew = std::any_of(marked.ranges.begin(), marked.ranges.end(), [&message](const auto& range) {
      return range.from <= message.seq && message.seq <= range.to;
    });
    if (isNew && message.senderId == senderId)
      scope_.sockets().toUsers({senderId}, Emit("message:status", statusOf(message.id, marked)));
  }
}

JsonObject Receipts::countFor(const std::string& userId) {
  const auto unread = scope_.reads().unread(userId);
  JsonObject sessions;
  for (const auto& [sessionId, count] : unread.sessions) sessions[sessionId] = count;
  return {{"unreadCount", unread.total}, {"sessions", std::move(sessions)}};
}

/// The bare id of a user, as the standard API has it, or {userId}: the host checks only the latter's.
Answer Receipts::unread(const EventCall& call) {
  auto userId = call.caller.userId;
  if (call.data().is_string())
    userId = std::string(call.data().get_string());
  else if (!call.data().is_null())
    userId = Fields(call.data()).optionalId("userId").value_or(userId);
  if (!isValidId(userId)) Fields::fail("userId", "is not a user id");
  if (userId != call.caller.userId && !call.caller.actsForOthers())
    throw Error(ErrorCode::Forbidden, "userId is not the caller", {"access.anotherUser"});
  Answer answer(Json(countFor(userId)));
  scope_.sockets().toSocket(call.caller.socketId, Emit("unread:count", answer.body()));
  return answer;
}

HttpResponse Receipts::unread(const HttpCall& call) {
  const auto userId = call.param("userId").value_or("");
  if (!isValidId(userId)) Fields::fail("userId", "is not a user id");
  return HttpResponse::ok(Json(countFor(userId)));
}

}  // namespace read_receipts
