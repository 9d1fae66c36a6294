// SPDX-License-Identifier: Apache-2.0
#include "name_lock.h"

#include "failures.h"
#include "secrets.h"

using namespace parley;

namespace accounts {

namespace {

constexpr const char* attempts = "authattempts";
constexpr std::int64_t mostDoublings = 20;

Filter of(const std::string& name) {
  return where("_id") == digestOf(name);
}

}  // namespace

CollectionSpec NameLock::collection() {
  return {.name = attempts,
          .idFields = {},
          .dateFields = {"lastAt", "lockedUntil"},
          .indexes = {{.name = "attempts_by_time", .fields = {{"lastAt"}}}}};
}

std::string NameLock::forgetBefore() const {
  return toIso8601(scope_.clock().now() - settings_.forget);
}

void NameLock::refuseWhileLocked(const Document& known) const {
  const auto until = timeOf(known, "lockedUntil");
  const auto now = scope_.clock().now();
  if (until && *until > now) throw tooManyAttempts(std::chrono::ceil<std::chrono::seconds>(*until - now));
}

std::chrono::seconds NameLock::lockAfter(std::int64_t count) const {
  const auto doublings = std::min(count - settings_.freeAttempts, mostDoublings);
  return std::min(settings_.maxLock, std::chrono::seconds(std::int64_t{1} << doublings));
}

void NameLock::enter(const std::string& name) {
  while (!tryToEnter(name)) {  // others have come at the same time; soon one of them locks it
  }
}

bool NameLock::tryToEnter(const std::string& name) {
  const auto known = scope_.store().findOne(attempts, of(name));
  if (known) refuseWhileLocked(*known);
  const auto now = scope_.clock().now();
  const bool isFresh = known && textOf(*known, "lastAt") >= forgetBefore();
  const auto before = known ? integerOf(*known, "attempts") : 0;
  const auto count = isFresh ? before + 1 : 1;
  Update update;
  update.set("attempts", count).set("lastAt", toIso8601(now));
  if (count >= settings_.freeAttempts) update.set("lockedUntil", toIso8601(now + lockAfter(count)));
  try {
    if (known) return scope_.store().update(attempts, of(name) && where("attempts") == before, update) > 0;
    scope_.store().upsert(attempts, of(name) && where("attempts") == 0, update);
    return true;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::Conflict) throw;
    return false;
  }
}

void NameLock::clear(const std::string& name) {
  scope_.store().remove(attempts, of(name));
}

void NameLock::takeBack(const std::string& name) {
  scope_.store().update(attempts, of(name), Update().increment("attempts", -1));
}

void NameLock::sweep() {
  scope_.store().remove(attempts, where("lastAt") < forgetBefore());
}

}  // namespace accounts
