// SPDX-License-Identifier: Apache-2.0
#include "logins.h"

#include "secrets.h"

using namespace parley;

namespace accounts {

namespace {

constexpr const char* logins = "authlogins";
constexpr std::size_t nameBytes = 16;
constexpr std::size_t secretBytes = 32;

struct Parts {
  std::string id;
  std::string secret;  ///< its digest
};

Parts partsOf(const std::string& bytes) {
  return {digestOf(bytes.substr(0, nameBytes)), digestOf(bytes.substr(nameBytes))};
}

std::optional<std::string> read(const std::string& token) {
  return fromBase64Url(token, nameBytes + secretBytes);
}

}  // namespace

CollectionSpec Logins::collection() {
  return {.name = logins,
          .idFields = {"userId"},
          .dateFields = {"createdAt", "usedAt", "expiresAt"},
          .indexes = {{.name = "logins_by_user", .fields = {{"userId"}, {"createdAt"}}},
                      {.name = "logins_by_end", .fields = {{"expiresAt"}}}}};
}

Time Logins::newEnd() const {
  return scope_.clock().now() + settings_.refreshAge;
}

void Logins::endOldest(const std::string& userId) {
  const auto tooMany = scope_.store().count(logins, where("userId") == userId) - settings_.loginsPerUser + 1;
  if (tooMany <= 0) return;
  for (const auto& old :
       scope_.store().find(logins, where("userId") == userId, {.sort = {{"createdAt"}, {"_id"}}, .limit = tooMany}))
    scope_.store().remove(logins, where("_id") == textOf(old, "_id"));
}

Logins::Ticket Logins::begin(const std::string& userId) {
  endOldest(userId);
  const auto bytes = randomBytes(nameBytes + secretBytes);
  const auto parts = partsOf(bytes);
  const auto now = toIso8601(scope_.clock().now());
  const auto end = newEnd();
  scope_.store().insert(logins, {{"_id", parts.id},
                                 {"userId", userId},
                                 {"secret", parts.secret},
                                 {"createdAt", now},
                                 {"usedAt", now},
                                 {"expiresAt", toIso8601(end)}});
  return {userId, toBase64Url(bytes), end};
}

std::optional<Logins::Ticket> Logins::renew(const std::string& token) {
  const auto bytes = read(token);
  if (!bytes) return std::nullopt;
  const auto parts = partsOf(*bytes);
  const auto next = bytes->substr(0, nameBytes) + randomBytes(secretBytes);
  const auto now = toIso8601(scope_.clock().now());
  const auto end = newEnd();
  Update update;
  update.set("secret", partsOf(next).secret).set("usedAt", now).set("expiresAt", toIso8601(end));
  const auto renewed = scope_.store().findAndUpdate(
      logins, where("_id") == parts.id && where("secret") == parts.secret && where("expiresAt") > now, update);
  if (renewed) return Ticket{std::string(textOf(*renewed, "userId")), toBase64Url(next), end};
  if (const auto login = scope_.store().findOne(logins, where("_id") == parts.id);
      login && scope_.store().remove(logins, where("_id") == parts.id && where("secret") != parts.secret) > 0)
    scope_.log().warn("a spent refresh token of user " + std::string(textOf(*login, "userId")) +
                      " was shown: the login has been ended");
  return std::nullopt;
}

std::string Logins::end(const std::string& token) {
  const auto bytes = read(token);
  if (!bytes) return {};
  const auto login = where("_id") == partsOf(*bytes).id;
  const auto known = scope_.store().findOne(logins, login);
  scope_.store().remove(logins, login);
  return known ? std::string(textOf(*known, "userId")) : std::string();
}

std::int64_t Logins::endAll(const std::string& userId, const std::string& exceptToken) {
  auto filter = where("userId") == userId;
  if (const auto bytes = read(exceptToken)) filter = std::move(filter) && where("_id") != partsOf(*bytes).id;
  return scope_.store().remove(logins, filter);
}

JsonArray Logins::list(const std::string& userId) {
  JsonArray list;
  for (const auto& login : scope_.store().find(logins, where("userId") == userId, {.sort = {{"createdAt"}}}))
    list.push_back(JsonObject{{"createdAt", textOf(login, "createdAt")},
                              {"usedAt", textOf(login, "usedAt")},
                              {"expiresAt", textOf(login, "expiresAt")}});
  return list;
}

void Logins::sweep() {
  scope_.store().remove(logins, where("expiresAt") <= toIso8601(scope_.clock().now()));
}

}  // namespace accounts
