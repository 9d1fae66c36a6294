// SPDX-License-Identifier: Apache-2.0
#include "chat/presence_service.h"

#include "chat/collections.h"

#include <algorithm>
#include <utility>

namespace parley::chat {

namespace {
constexpr std::string_view online = "online";
constexpr std::string_view away = "away";
constexpr std::string_view offline = "offline";
}  // namespace

std::string_view PresenceService::Entry::status() const {
  if (devices.empty() || hidden) return offline;
  const bool there = std::any_of(devices.begin(), devices.end(), [](const auto& device) { return !device.second; });
  return there ? online : away;
}

PresenceService::PresenceService(Core& core)
    : core_(core), lastSeen_(std::make_shared<LatestWrites>(core, "lastSeen", core.options.maxPendingMarks)) {}

std::string PresenceService::statusOf(const std::string& userId) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(userId);
  return std::string(found == entries_.end() ? offline : found->second.status());
}

std::string PresenceService::statusOnJoin(const std::string& userId) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(userId);
  const bool hidden = found != entries_.end() && !found->second.devices.empty() && found->second.hidden;
  return std::string(hidden ? offline : online);
}

std::vector<std::string> PresenceService::onlineUsers() const {
  std::vector<std::string> users;
  const std::lock_guard lock(mutex_);
  users.reserve(online_);
  for (const auto& [userId, entry] : entries_)
    if (entry.status() != offline) users.push_back(userId);
  return users;
}

std::size_t PresenceService::onlineCount() const {
  const std::lock_guard lock(mutex_);
  return online_;
}

void PresenceService::setStatus(const std::string& userId, const std::string& status, const std::string& fromSocket) {
  if (status != online && status != away && status != offline)
    throw Error(ErrorCode::ValidationFailed, "status must be one of online, away, offline");
  const bool known = isDevice(userId, fromSocket);
  change(userId, fromSocket, [&](Entry& entry) {
    // What a client says may overtake the news that it has joined.
    if (known) entry.devices.try_emplace(fromSocket, false);
    entry.hidden = status == offline;
    if (entry.hidden) return;
    for (auto& [socketId, isAway] : entry.devices)
      if (!known || socketId == fromSocket) isAway = status == away;
  });
}

bool PresenceService::isDevice(const std::string& userId, const std::string& socketId) const {
  if (socketId.empty()) return false;
  const auto sockets = core_.sockets.socketsOf(userId);
  return std::find(sockets.begin(), sockets.end(), socketId) != sockets.end();
}

void PresenceService::onUserBound(const std::string& userId, const std::string& socketId, bool) {
  change(userId, socketId, [&](Entry& entry) { entry.devices.try_emplace(socketId, false); });
}

void PresenceService::onUserGone(const std::string& userId, const std::string& socketId, bool) {
  change(userId, socketId, [&](Entry& entry) {
    entry.devices.erase(socketId);
    if (entry.devices.empty()) entry.hidden = false;
  });
}

/// Applies a change; the thread that finds nobody announcing tells the others until they know the newest status, so
/// that the announcements of one user never overtake each other.
template <typename Change>
void PresenceService::change(const std::string& userId, const std::string& socketId, Change apply) {
  std::unique_lock lock(mutex_);
  auto& entry = entries_[userId];
  const bool before = entry.status() != offline;
  apply(entry);
  const bool after = entry.status() != offline;
  online_ = online_ + (after ? 1 : 0) - (before ? 1 : 0);
  entry.cause = socketId;
  if (entry.announcing) return;
  entry.announcing = true;
  while (entry.status() != entry.announced) {
    entry.announced = entry.status();
    const auto status = entry.announced;
    const auto cause = std::exchange(entry.cause, {});
    lock.unlock();
    announce(userId, status, cause);
    lock.lock();
  }
  entry.announcing = false;
  if (entry.devices.empty()) entries_.erase(userId);
}

void PresenceService::announce(const std::string& userId, std::string_view status, const std::string& socketId) {
  const hooks::PresenceChanged::Change change{userId, std::string(status), core_.clock.now(), socketId};
  Update seen;
  seen.set("lastSeen", Json(toIso8601(change.lastSeen)));
  lastSeen_->put(userId, Write::updateOne(collections::users, where("_id") == Json(userId), seen).uncounted());
  core_.hooks.after<hooks::PresenceChanged>(change);
}

}  // namespace parley::chat
