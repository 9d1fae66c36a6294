// SPDX-License-Identifier: Apache-2.0
#include "history.h"

#include "page_text.h"

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
  JsonArray data;
  for (const auto& message : history.messages) data.emplace_back(message.toJson());
  auto answer = Answer::page(Json(std::move(data)), history.pagination);
  auto event = answer.body();
  event.as_object()["sessionId"] = Json(query.sessionId);
  scope_.sockets().toSocket(call.caller.socketId, Emit("chat:history", std::move(event)));
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
  HttpResponse response;
  response.body = pageText(find(query));
  return response;
}

/// A trusted back end comes here without the check of participation, which tells of a session that is not there.
Messages::History History::find(const Messages::HistoryQuery& query) {
  scope_.sessions().participantsOf(query.sessionId);
  return scope_.messages().history(query);
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
