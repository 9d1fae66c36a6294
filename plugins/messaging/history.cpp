// SPDX-License-Identifier: Apache-2.0
#include "history.h"

#include <parley/paging.h>

#include <limits>
#include <utility>

using namespace parley;

namespace messaging {

namespace {
constexpr auto maxSeq = std::numeric_limits<std::int64_t>::max();
}

Answer History::messages(const EventCall& call) {
  const Fields fields(call.data());
  Messages::HistoryQuery query;
  query.sessionId = fields.id("sessionId");
  query.viewer = call.caller.userId;
  const auto paging = pagingOf(fields, historyPageSize_);
  query.page = paging.page;
  query.limit = paging.limit;
  query.beforeSeq = fields.optionalInteger("beforeSeq", 0, maxSeq);
  query.afterSeq = fields.optionalInteger("afterSeq", 0, maxSeq);
  const auto history = find(query);
  if (call.caller.isUser()) scope_.messages().delivered(history.undelivered);
  auto answer = Answer::page(history.messages, history.pagination);
  auto event = answer.toText();
  event.back() = ',';
  appendJson(event += R"("sessionId":)", query.sessionId);
  event += '}';
  scope_.sockets().toSocket(call.caller.socketId, Emit("chat:history", JsonText{std::move(event)}));
  return answer;
}

HttpResponse History::messages(const HttpCall& call) {
  Messages::HistoryQuery query;
  query.sessionId = call.param("sessionId").value_or("");
  query.viewer = call.caller.userId;
  const auto paging = pagingOf(call, historyPageSize_);
  query.page = paging.page;
  query.limit = paging.limit;
  query.beforeSeq = queryInteger(call, "beforeSeq", 0, maxSeq);
  query.afterSeq = queryInteger(call, "afterSeq", 0, maxSeq);
  const auto history = find(query);
  return HttpResponse::answer(200, Answer::page(history.messages, history.pagination));
}

/// A trusted back end comes here without the check of participation, which tells of a session that is not there.
Messages::WrittenHistory History::find(const Messages::HistoryQuery& query) {
  scope_.sessions().participantsOf(query.sessionId);
  return scope_.messages().writtenHistory(query);
}

HttpResponse History::sessions(const HttpCall& call) {
  const auto userId = call.param("userId").value_or("");
  if (!isValidId(userId)) Fields::fail("userId", "is not a user id");
  const auto paging = pagingOf(call, sessionsPageSize_);
  const auto found = scope_.sessions().listFor(userId, paging.page, paging.limit);
  return HttpResponse::answer(200, Answer::page(Json(scope_.sessions().toJson(found.sessions, userId)),
                                                {paging.page, paging.limit, found.total}));
}

}  // namespace messaging
