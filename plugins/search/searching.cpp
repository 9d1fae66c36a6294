// SPDX-License-Identifier: Apache-2.0
#include "searching.h"

#include <parley/paging.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

using namespace parley;

namespace search {

namespace {

std::string requiredParam(const HttpCall& call, std::string_view name, std::size_t maxBytes) {
  auto text = call.queryParam(name).value_or("");
  if (text.empty()) Fields::fail(name, "is required");
  if (text.size() > maxBytes) Fields::fail(name, "must be at most " + std::to_string(maxBytes) + " bytes");
  return text;
}

void checkId(std::string_view name, const std::string& id) {
  if (!isValidId(id)) Fields::fail(name, "must be 1 to 64 characters of A-Z a-z 0-9 _ - . : @");
}

JsonObject toJson(const Message& message, const Query& query) {
  auto json = message.toJson();
  JsonArray highlights;
  for (const auto& [start, length] : query.highlights(message.content))
    highlights.emplace_back(JsonArray{start, length});
  json["highlights"] = std::move(highlights);
  return json;
}

}  // namespace

HttpResponse Searching::find(const HttpCall& call) {
  const auto userId = requiredParam(call, "userId", 64);
  checkId("userId", userId);
  const auto sessionId = call.queryParam("sessionId").value_or("");
  if (!sessionId.empty()) checkId("sessionId", sessionId);
  Search wanted;
  wanted.keyword = requiredParam(call, "keyword", static_cast<std::size_t>(options_.maxKeyword));
  const Query query(wanted.keyword);
  if (query.parts().empty()) Fields::fail("keyword", "must have a letter, a digit or a sign");
  const auto paging = pagingOf(call, options_.defaultLimit);
  if (paging.page * paging.limit > options_.maxDepth)
    Fields::fail("page", "times limit must be at most " + std::to_string(options_.maxDepth) + ": narrow the search");
  wanted.offset = (paging.page - 1) * paging.limit;
  wanted.limit = paging.limit;
  wanted.places = placesOf(userId, sessionId);

  follower_.catchUp();
  const auto found = engine_.find(wanted);
  JsonArray data;
  for (const auto& message : messagesOf(found.hits)) {
    // It may have changed since it was found.
    auto json = toJson(message, query);
    if (!json["highlights"].as_array().empty()) data.emplace_back(std::move(json));
  }
  return HttpResponse::answer(200, Answer::page(std::move(data), {paging.page, paging.limit, found.total}));
}

std::vector<Place> Searching::placesOf(const std::string& userId, const std::string& sessionId) {
  std::vector<Place> places;
  if (!sessionId.empty()) {
    const auto from = scope_.sessions().visibleFrom(sessionId, userId);
    if (!from) throw Error(ErrorCode::Forbidden, "not a participant of this session");
    places.push_back({sessionId, *from});
    return places;
  }
  for (auto& place : scope_.sessions().placesOf(userId))
    places.push_back({std::move(place.sessionId), place.visibleFrom});
  std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) { return a.sessionId < b.sessionId; });
  return places;
}

std::vector<Message> Searching::messagesOf(const std::vector<Hit>& hits) {
  std::map<std::string, JsonArray> bySession;
  for (const auto& hit : hits)
    if (hit.messageId.empty()) bySession[hit.sessionId].emplace_back(hit.seq);
  std::map<std::pair<std::string, std::int64_t>, std::string> ids;
  for (auto& [sessionId, seqs] : bySession)
    for (const auto& document : scope_.store().find(
             collections::messages, where("sessionId") == sessionId && where("seq").in(std::move(seqs))))
      ids[{sessionId, document.at("seq").to_number<std::int64_t>()}] = textOf(document, "_id");
  std::vector<std::string> inOrder;
  for (const auto& hit : hits) {
    const auto known = ids.find({hit.sessionId, hit.seq});
    if (!hit.messageId.empty())
      inOrder.push_back(hit.messageId);
    else if (known != ids.end())
      inOrder.push_back(known->second);
  }
  return scope_.messages().findMany(inOrder);
}

}  // namespace search
