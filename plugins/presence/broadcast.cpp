// SPDX-License-Identifier: Apache-2.0
#include "broadcast.h"

#include <algorithm>
#include <chrono>
#include <utility>

using namespace parley;

namespace presence {

namespace {
/// The sockets that are a user's: those who have not said who they are hear nothing.
constexpr const char* room = "presence";
}  // namespace

Broadcast::Broadcast(Scope& scope, Audience::Settings audience, const Settings& settings)
    : scope_(scope),
      audience_(scope, std::move(audience)),
      interval_(settings.interval),
      eventsPerSecond_(settings.eventsPerSecond),
      changes_(settings.offlineDelay, static_cast<std::size_t>(settings.waitingLimit)),
      dropped_(scope.metric("changes_dropped_total", "Changes of status that nobody was told of: too many waited")) {}

void Broadcast::start() {
  for (const auto& userId : scope_.presence().onlineUsers()) {
    changes_.know(userId, scope_.presence().statusOf(userId));
    for (const auto& socketId : scope_.sockets().socketsOf(userId)) scope_.sockets().join(socketId, room);
  }
}

void Broadcast::joined(const hooks::UserJoin::Join& join) {
  scope_.sockets().join(join.socketId, room);
}

void Broadcast::changed(const Changes::Change& change) {
  if (!changes_.add(change, scope_.clock().steady())) dropped_.add();
}

/// A change that takes more than the rest of the allowance is told all the same, and the next one waits for it. At most
/// half of the time goes into telling, so that a machine that has other work does that too.
void Broadcast::turn() {
  const auto now = scope_.clock().steady();
  const auto passed = lastTurn_ ? std::chrono::duration_cast<Millis>(now - *lastTurn_) : Millis(1000);
  lastTurn_ = now;
  allowance_ += eventsPerSecond_ * std::min<std::int64_t>(passed.count(), 1000) / 1000;
  allowance_ = std::min(allowance_, eventsPerSecond_);
  while (allowance_ > 0 && scope_.clock().steady() - now <= interval_ / 2) {
    const auto change = changes_.next(now);
    if (!change) return;
    allowance_ -= tell(*change);
  }
}

std::int64_t Broadcast::tell(const Changes::Change& change) {
  const bool toAll = audience_.everyone();
  const auto contacts = toAll ? std::vector<std::string>() : audience_.contactsOf(change.userId, change.socketId);
  if (!toAll && contacts.empty()) return 1;
  const auto user = scope_.users().find(change.userId);
  Emit emit("user:status", Json(JsonObject{{"userId", change.userId},
                                           {"username", user ? user->username : ""},
                                           {"status", change.status},
                                           {"lastSeen", toIso8601(change.lastSeen)}}));
  emit.isVolatile = true;
  emit.exceptSocket = change.socketId;
  if (toAll) {
    scope_.sockets().toRoom(room, std::move(emit));
    return static_cast<std::int64_t>(scope_.presence().onlineCount()) + 1;
  }
  scope_.sockets().toUsers(contacts, std::move(emit));
  return static_cast<std::int64_t>(contacts.size());
}

}  // namespace presence
