// SPDX-License-Identifier: Apache-2.0
#include "people.h"

#include "names.h"

using namespace parley;

namespace accounts {

namespace {

Filter isAccount() {
  return where("password").exists();
}

std::optional<Account> toAccount(const std::optional<Document>& found) {
  if (!found || textOf(*found, "password").empty()) return std::nullopt;
  const auto text = [&found](const char* field) { return std::string(textOf(*found, field)); };
  const auto* active = found->if_contains("isActive");
  const auto role = text("role");
  return Account{text("_id"),      text("accountName"),
                 text("username"), role.empty() ? "user" : role,
                 text("password"), active == nullptr || !active->is_bool() || active->get_bool()};
}

/// Of another server: the name as it is written there.
Filter unnamed(const std::string& username) {
  return where("username") == username && !where("accountName").exists() && isAccount();
}

Error taken() {
  return {ErrorCode::Conflict, "the username is taken", {"accounts.taken"}};
}

}  // namespace

CollectionSpec People::collection() {
  return {.name = collections::users,
          .idFields = {},
          .dateFields = {},
          .indexes = {{.name = "accounts_by_name", .fields = {{"accountName"}}, .unique = true, .sparse = true}}};
}

Account People::create(const NewAccount& account) {
  const auto name = nameKey(account.user.username);
  if (scope_.store().findOne(collections::users, unnamed(account.user.username))) throw taken();
  try {
    const auto user = scope_.users().create(account.user, {{"accountName", name}, {"password", account.hash}});
    return {user.id, name, user.username, user.role, account.hash};
  } catch (const Error& error) {
    if (error.code() == ErrorCode::Conflict) throw taken();
    throw;
  }
}

std::optional<Account> People::findByName(const std::string& username) {
  // First those who have had the name for longer: somebody may have registered it in another spelling since.
  const auto others = scope_.store().find(collections::users, unnamed(username), {.sort = {}, .limit = 2});
  if (others.size() == 1) return toAccount(others.front());
  if (const auto found = scope_.store().findOne(collections::users, where("accountName") == nameKey(username)))
    return toAccount(found);
  if (!others.empty()) scope_.log().warn("several users with a password have the same username: none may log in");
  return std::nullopt;
}

std::optional<Account> People::find(const std::string& id) {
  return toAccount(scope_.store().findOne(collections::users, where("_id") == id));
}

bool People::hasAdmin() {
  return scope_.store().findOne(collections::users, where("role") == "admin" && isAccount()).has_value();
}

void People::change(const std::string& id, const Change& change, const std::optional<std::string>& ifHash) {
  Update update;
  if (change.hash) update.set("password", *change.hash);
  if (change.role) update.set("role", *change.role);
  if (change.isActive) update.set("isActive", *change.isActive);
  update.set("updatedAt", toIso8601(scope_.clock().now()));
  auto filter = where("_id") == id && isAccount();
  if (ifHash) filter = std::move(filter) && where("password") == *ifHash;
  if (scope_.store().update(collections::users, filter, update) > 0) return;
  if (ifHash) throw Error(ErrorCode::Conflict, "the password was changed meanwhile");
  throw Error(ErrorCode::NotFound, "there is no such account");
}

void People::remember(const Account& account, const std::string& newHash) {
  const auto same = where("_id") == account.id && where("password") == account.hash;
  try {
    if (account.name.empty())
      scope_.store().update(collections::users, same, Update().set("accountName", nameKey(account.username)));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::Conflict) throw;
    scope_.log().warn("the name of user " + account.id + " differs from another account's in its spelling alone");
  }
  if (newHash != account.hash) scope_.store().update(collections::users, same, Update().set("password", newHash));
}

void People::forget(const std::string& id) {
  scope_.store().update(collections::users, where("_id") == id, Update().unset("password").unset("accountName"));
}

}  // namespace accounts
