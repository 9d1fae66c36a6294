// SPDX-License-Identifier: Apache-2.0
#include "chat/user_service.h"

#include "base/id.h"
#include "base/log.h"
#include "chat/collections.h"
#include "chat/documents.h"
#include "chat/user_rules.h"
#include "storage/document_update.h"

#include <parley/fields.h>

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>
#include <utility>

namespace parley::chat {

namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool contains(std::string_view text, std::string_view keyword) {
  return std::search(text.begin(), text.end(), keyword.begin(), keyword.end(),
                     [](char a, char b) { return lower(a) == lower(b); }) != text.end();
}

/// What is stored of a user as it was given, where it is not empty.
constexpr auto givenFields = std::to_array<std::pair<const char*, std::string User::*>>({
    {"username", &User::username},
    {"realName", &User::realName},
    {"email", &User::email},
    {"phone", &User::phone},
    {"avatar", &User::avatar},
    {"role", &User::role},
});

/// So many may be waiting for their commit without a worker; more wait on workers, so that messages find room behind
/// them.
constexpr std::size_t maxStoring = 1000;

/// Whether the stored user is as `user` says, as far as it says anything.
bool holds(const Document& stored, const User& user) {
  return std::all_of(givenFields.begin(), givenFields.end(), [&](const auto& given) {
    const auto& text = user.*given.second;
    return text.empty() || textOf(stored, given.first) == text;
  });
}

}  // namespace

UserService::UserService(Core& core, const PresenceService& presence) : core_(core), presence_(presence) {}

User UserService::show(const Document& document) const {
  auto user = toUser(document);
  user.status = presence_.statusOf(user.id);
  return user;
}

void UserService::check(const User& user) const {
  if (!isValidId(user.id)) Fields::fail("id", "must be 1 to 64 characters of A-Z a-z 0-9 _ - . : @");
  checkProfile(user);
  core_.erased.refuse(user.id);
}

std::optional<Document> UserService::inStore(const std::string& id) {
  return core_.store.findOne(collections::users, where("_id") == Json(id));
}

/// Many come again at once after a restart, and hardly any of them has changed: that costs a read, not a write.
User UserService::save(const User& user) {
  const auto visit = core_.erased.visit();
  check(user);
  if (const auto known = inStore(user.id); known && holds(*known, user)) return show(*known);
  return show(core_.store.upsert(collections::users, where("_id") == Json(user.id), changeTo(user)));
}

Update UserService::changeTo(const User& user) const {
  const auto now = toIso8601(core_.clock.now());
  Update update;
  for (const auto& [field, member] : givenFields)
    if (!(user.*member).empty()) update.set(field, Json(user.*member));
  if (user.role.empty()) update.setOnInsert("role", "user");
  update.setOnInsert("isActive", true).setOnInsert("createdAt", Json(now)).set("updatedAt", Json(now));
  return update;
}

User UserService::create(const User& user, const JsonObject& more) {
  checkProfile(user);
  const auto now = core_.clock.now();
  Document document = more;
  document["_id"] = base::newObjectId(now);
  for (const auto& [field, member] : givenFields)
    if (!(user.*member).empty()) document[field] = user.*member;
  if (user.role.empty()) document["role"] = "user";
  document["isActive"] = true;
  document["createdAt"] = toIso8601(now);
  document["updatedAt"] = toIso8601(now);
  core_.store.insert(collections::users, document);
  return show(document);
}

User UserService::join(const User& user, const std::string& socketId) {
  const auto visit = core_.erased.visit();
  hooks::UserJoin::Join joining{user, socketId};
  core_.hooks.before<hooks::UserJoin>(joining);
  joining.user = save(joining.user);
  enter(joining);
  return joining.user;
}

void UserService::enter(hooks::UserJoin::Join& joining) {
  core_.sockets.bindUser(joining.socketId, joining.user.id, joining.user.role);
  joining.user.status = presence_.statusOnJoin(joining.user.id);
  core_.hooks.after<hooks::UserJoin>(joining);
}

/// Somebody who joins without keeping a worker meanwhile.
struct UserService::Newcomer {
  hooks::UserJoin::Join joining;
  Joined done;
  std::shared_ptr<const Lease> visit;
  std::string requestId;
};

void UserService::join(const User& user, const std::string& socketId, Joined done) {
  const auto newcomer = std::make_shared<Newcomer>(
      Newcomer{{user, socketId}, std::move(done), core_.erased.visit(), std::string(base::LogContext::current())});
  std::optional<User> stored;
  try {
    core_.hooks.before<hooks::UserJoin>(newcomer->joining);
    const auto& wanted = newcomer->joining.user;
    check(wanted);
    auto known = inStore(wanted.id);
    if (known && holds(*known, wanted))
      stored = show(*known);
    else if (storing_ < maxStoring)
      return store(newcomer, std::move(known));
  } catch (const Error& error) {
    return newcomer->done(error);
  }
  letIn(*newcomer, std::move(stored));
}

/// Those who are new to this server come in behind all others' work, those who have changed in the midst of it.
void UserService::store(const std::shared_ptr<Newcomer>& newcomer, std::optional<Document> known) {
  const auto& user = newcomer->joining.user;
  const auto lane = known ? base::Lane::Normal : base::Lane::Newcomers;
  const auto byId = where("_id") == Json(user.id);
  const auto update = changeTo(user);
  const bool isNew = !known;
  if (isNew)
    known = storage::upsertDocument(byId, update);
  else
    storage::applyUpdate(*known, update);
  auto stored = show(*known);
  // Whoever comes twice at once fails here, and is looked up again below.
  auto write =
      isNew ? Write::insert(collections::users, *std::move(known)) : Write::upsert(collections::users, byId, update);
  ++storing_;
  auto then = [this, newcomer, lane, stored = std::move(stored)](const Result<WriteSummary>& result) {
    --storing_;
    auto told = result ? std::optional(stored) : std::nullopt;
    core_.pool.postAccepted(
        [this, newcomer, told = std::move(told)] {
          const base::LogContext context(newcomer->requestId);
          letIn(*newcomer, told);
        },
        lane);
  };
  core_.submit({std::move(write)}, std::move(then));
}

/// As stored, or, where the store did not take it, once that is done here. [worker]
void UserService::letIn(Newcomer& newcomer, std::optional<User> stored) {
  auto& joining = newcomer.joining;
  std::optional<Error> refused;
  try {
    joining.user = stored ? *std::move(stored) : save(joining.user);
    enter(joining);
  } catch (const Error& error) {
    refused = error;
  } catch (const std::exception& error) {
    base::log("chat").error("{} could not join: {}", joining.user.id, error.what());
    refused = Error(ErrorCode::Internal, "joining failed");
  }
  newcomer.done(refused ? Result<User>(*refused) : joining.user);
}

std::optional<User> UserService::find(const std::string& id) {
  const auto document = inStore(id);
  if (!document) return std::nullopt;
  return show(*document);
}

std::vector<User> UserService::findMany(const std::vector<std::string>& ids) {
  if (ids.empty()) return {};
  JsonArray wanted(ids.begin(), ids.end());
  std::unordered_map<std::string, User> known;
  for (const auto& document : core_.store.find(collections::users, where("_id").in(std::move(wanted)))) {
    auto user = show(document);
    known.emplace(user.id, std::move(user));
  }
  std::vector<User> users;
  users.reserve(ids.size());
  for (const auto& id : ids) {
    const auto found = known.find(id);
    if (found != known.end()) {
      users.push_back(found->second);
    } else {
      users.emplace_back().id = id;
      users.back().status = presence_.statusOf(id);
    }
  }
  return users;
}

/// A keyword is looked for anywhere in two fields, which no index can serve: the names are streamed then.
Users::Page UserService::list(const std::string& keyword, std::int64_t page, std::int64_t limit) {
  Page result;
  FindOptions byName{.sort = {{"username"}, {"_id"}}};
  if (keyword.empty()) {
    result.total = core_.store.count(collections::users, Filter());
    if (limit > 0 && page - 1 > result.total / limit) return result;
    byName.limit = limit;
    byName.skip = (page - 1) * limit;
    for (const auto& document : core_.store.find(collections::users, Filter(), byName))
      result.users.push_back(show(document));
    return result;
  }
  core_.store.forEach(collections::users, Filter(), byName, [&](Document&& document) {
    if (!contains(textOf(document, "username"), keyword) && !contains(textOf(document, "realName"), keyword))
      return true;
    const auto position = result.total++;
    if (limit == 0 || position / limit == page - 1) result.users.push_back(show(document));
    return true;
  });
  return result;
}

}  // namespace parley::chat
