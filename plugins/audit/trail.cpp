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
constexpr std::int64_t mostExported = 10'000;

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
          .indexes = {{.name = "audit_by_time", .fields = newestFirst()},
                      {.name = "audit_by_user", .fields = {{"userId"}, {"at", true}, {"_id", true}}}}};
}

void Trail::add(JsonObject entry) {
  if (!options_.isKept) return;
  scope_.store().submit({Write::insert(entries, std::move(entry))}, [&log = scope_.log()](const auto& result) {
    if (!result) log.error("an entry of the trail was lost: " + result.error().detail());
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

Json Trail::entriesOf(const std::string& userId) {
  JsonArray found;
  const FindOptions newest{.sort = newestFirst(), .limit = mostExported};
  for (auto& entry : scope_.store().find(entries, ofUser(userId), newest)) found.emplace_back(std::move(entry));
  return found.empty() ? Json(nullptr) : Json(std::move(found));
}

void Trail::forgetWhere(const std::string& userId) {
  scope_.store().update(entries, ofUser(userId), Update().set("address", "").set("userAgent", ""));
}

}  // namespace audit
