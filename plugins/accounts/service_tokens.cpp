// SPDX-License-Identifier: Apache-2.0
#include "service_tokens.h"

#include "failures.h"
#include "secrets.h"

using namespace parley;

namespace accounts {

namespace {

constexpr const char* tokens = "servicetokens";
constexpr std::size_t secretBytes = 32;
constexpr std::chrono::hours useIsNotedEvery{1};

Json textOrNull(const Document& token, const char* field) {
  const auto text = textOf(token, field);
  return text.empty() ? Json(nullptr) : Json(text);
}

JsonObject shown(const Document& token) {
  return {{"_id", textOf(token, "_id")},
          {"name", textOf(token, "name")},
          {"createdBy", textOf(token, "createdBy")},
          {"createdAt", textOf(token, "createdAt")},
          {"expiresAt", textOrNull(token, "expiresAt")},
          {"lastUsedAt", textOrNull(token, "lastUsedAt")}};
}

std::optional<Time> endFrom(const Fields& fields, Time now) {
  const auto text = fields.optionalText("expiresAt", 64);
  if (!text) return std::nullopt;
  const auto end = fromIso8601(*text);
  if (!end || *end <= now) Fields::fail("expiresAt", "must be a time to come, such as 2030-01-01T00:00:00.000Z");
  return end;
}

}  // namespace

CollectionSpec ServiceTokens::collection() {
  return {.name = tokens,
          .idFields = {"createdBy"},
          .dateFields = {"createdAt", "expiresAt", "lastUsedAt"},
          .indexes = {{.name = "service_tokens_by_digest", .fields = {{"digest"}}, .unique = true}}};
}

std::optional<CredentialHolder> ServiceTokens::holderOf(const std::string& token) {
  if (!scope_.tokens().enabled()) return std::nullopt;
  const auto found = scope_.store().findOne(tokens, where("digest") == digestOf(token));
  if (!found) return std::nullopt;
  noteUse(*found);
  return CredentialHolder{std::string(textOf(*found, "name")), "", true, timeOf(*found, "expiresAt")};
}

void ServiceTokens::noteUse(const Document& token) {
  const auto now = scope_.clock().now();
  const auto last = timeOf(token, "lastUsedAt");
  if (last && now - *last < useIsNotedEvery) return;
  scope_.store().update(tokens, where("_id") == textOf(token, "_id"), Update().set("lastUsedAt", toIso8601(now)));
}

void ServiceTokens::requireAdmin(const HttpCall& call) const {
  requireTokens(scope_);
  requirePerson(call.caller);
}

HttpResponse ServiceTokens::create(const HttpCall& call) {
  requireAdmin(call);
  const Fields fields(call.jsonBody());
  const auto name = fields.id("name");
  const auto now = scope_.clock().now();
  const auto end = endFrom(fields, now);
  if (scope_.store().count(tokens, Filter()) >= settings_.maxServiceTokens)
    throw Error(ErrorCode::Conflict, "there are too many service tokens");
  const auto token = prefix + toBase64Url(randomBytes(secretBytes));
  Update update;
  update.setOnInsert("name", name).setOnInsert("createdBy", call.caller.subject);
  update.setOnInsert("createdAt", toIso8601(now));
  if (end) update.setOnInsert("expiresAt", toIso8601(*end));
  auto made = shown(scope_.store().upsert(tokens, where("digest") == digestOf(token), update));
  made["token"] = token;
  return HttpResponse::created(std::move(made));
}

HttpResponse ServiceTokens::list(const HttpCall& call) {
  requireAdmin(call);
  JsonArray list;
  for (const auto& token : scope_.store().find(tokens, Filter())) list.emplace_back(shown(token));
  return HttpResponse::ok(std::move(list));
}

HttpResponse ServiceTokens::revoke(const HttpCall& call) {
  requireAdmin(call);
  const auto id = call.param("tokenId").value_or("");
  const auto token = scope_.store().findOne(tokens, where("_id") == id);
  if (!token || scope_.store().remove(tokens, where("_id") == id) == 0)
    throw Error(ErrorCode::NotFound, "there is no such service token");
  scope_.tokens().endConnections(std::string(textOf(*token, "name")), true);
  return HttpResponse::ok(shown(*token));
}

}  // namespace accounts
