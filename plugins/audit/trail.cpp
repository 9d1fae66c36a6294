// SPDX-License-Identifier: Apache-2.0
#include "trail.h"

#include <parley/fields.h>
#include <parley/paging.h>

#include <optional>
#include <utility>

using namespace parley;

namespace audit {

namespace {

constexpr const char* entries = "audit";
constexpr std::int64_t entriesAtOnce = 250;

std::vector<SortKey> newestFirst() {
  return {{"at", true}, {"_id", true}};
}

Filter ofUser(const std::string& userId) {
  return where("userId") == userId;
}

std::optional<std::string> timeIn(const HttpCall& call, const char* name) {
  auto text = call.queryParam(name);
  if (text && !fromIso8601(*text)) Fields::fail(name, "must be a time such as 2024-01-01T00:00:00.000Z");
  return text;
}

Filter wanted(const HttpCall& call) {
  Filter filter;
  for (const auto* name : {"userId", "call", "code"})
    if (const auto value = call.queryParam(name)) filter = std::move(filter) && where(name) == *value;
  if (const auto from = timeIn(call, "from")) filter = std::move(filter) && where("at") >= *from;
  if (const auto to = timeIn(call, "to")) filter = std::move(filter) && where("at") < *to;
  return filter;
}

}  // namespace

CollectionSpec Trail::collection() {
  return {.name = entries,
          .idFields = {"userId"},
          .dateFields = {"at"},
          // Oldest first, though they are read newest first: a store is quick where all that is new comes at an end.
          .indexes = {{.name = "audit_by_time", .fields = {{"at"}, {"_id"}}},
                      {.name = "audit_by_user", .fields = {{"userId"}, {"at"}, {"_id"}}}}};
}

void Trail::add(JsonObject entry) {
  if (!options_.isKept) return;
  scope_.store().submit({Write::insert(entries, std::move(entry))}, [this](const auto& result) {
    if (result)
      losses_.end();
    else
      losses_.add(result.error().detail());
  });
}

HttpResponse Trail::list(const HttpCall& call) {
  const auto paging = pagingOf(call, options_.pageSize);
  const auto filter = wanted(call);
  const FindOptions page{.sort = newestFirst(), .limit = paging.limit, .skip = (paging.page - 1) * paging.limit};
  JsonArray data;
  for (auto& entry : scope_.store().find(entries, filter, page)) data.emplace_back(std::move(entry));
  const auto total = scope_.store().count(entries, filter);
  return HttpResponse::answer(200, Answer::page(Json(std::move(data)), {paging.page, paging.limit, total}));
}

void Trail::sweep() {
  if (options_.retentionDays == 0) return;
  const auto oldest = scope_.clock().now() - std::chrono::days(options_.retentionDays);
  scope_.store().remove(entries, where("at") < toIso8601(oldest));
}

/// `from`: time and id of the last entry of the page before.
DataPage Trail::entriesOf(const std::string& userId, const std::string& from) {
  auto filter = ofUser(userId);
  if (const auto space = from.find(' '); space != std::string::npos) {
    const auto at = from.substr(0, space);
    filter = std::move(filter) && where("at") <= at && (where("at") < at || where("_id") < from.substr(space + 1));
  }
  DataPage page;
  for (auto& entry : scope_.store().find(entries, filter, {.sort = newestFirst(), .limit = entriesAtOnce}))
    page.items.emplace_back(std::move(entry));
  if (static_cast<std::int64_t>(page.items.size()) < entriesAtOnce) return page;
  const auto& last = page.items.back().get_object();
  page.next = std::string(textOf(last, "at")) + ' ' + std::string(textOf(last, "_id"));
  return page;
}

void Trail::forgetWhere(const std::string& userId) {
  DataPage page;
  do {
    page = entriesOf(userId, page.next);
    JsonArray ids;
    for (const auto& entry : page.items) ids.push_back(entry.at("_id"));
    if (ids.empty()) return;
    scope_.store().update(
        entries, where("_id").in(std::move(ids)),
        Update().set("address", "").set("userAgent", "").unset("target.username").unset("target.name"));
  } while (!page.next.empty());
}

}  // namespace audit
