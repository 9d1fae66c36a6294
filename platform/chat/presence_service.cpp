// SPDX-License-Identifier: Apache-2.0
#include "chat/presence_service.h"

#include "base/log.h"
#include "chat/collections.h"
#include "chat/documents.h"

#include <utility>

namespace parley::chat {

PresenceService::PresenceService(Core& core) : core_(core) {}

std::string PresenceService::statusOf(const std::string& userId) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(userId);
  return found == entries_.end() ? "offline" : found->second.status();
}

std::string PresenceService::statusOnJoin(const std::string& userId) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(userId);
  return found == entries_.end() || found->second.sockets.empty() ? "online" : found->second.said;
}

std::vector<std::string> PresenceService::onlineUsers() const {
  std::vector<std::string> users;
  const std::lock_guard lock(mutex_);
  for (const auto& [userId, entry] : entries_)
    if (entry.status() != "offline") users.push_back(userId);
  return users;
}

std::size_t PresenceService::onlineCount() const {
  const std::lock_guard lock(mutex_);
  std::size_t count = 0;
  for (const auto& [userId, entry] : entries_) count += entry.status() != "offline" ? 1 : 0;
  return count;
}

void PresenceService::setStatus(const std::string& userId, const std::string& status, const std::string& fromSocket) {
  if (status != "online" && status != "away" && status != "offline")
    throw Error(ErrorCode::ValidationFailed, "status must be one of online, away, offline");
  change(userId, fromSocket, [&](Entry& entry) { entry.said = status; });
}

void PresenceService::onUserBound(const std::string& userId, const std::string& socketId, bool) {
  change(userId, socketId, [&](Entry& entry) {
    if (entry.sockets.empty()) entry.said = "online";
    entry.sockets.insert(socketId);
  });
}

void PresenceService::onUserGone(const std::string& userId, const std::string& socketId, bool) {
  change(userId, socketId, [&](Entry& entry) { entry.sockets.erase(socketId); });
}

/// Applies a change; the thread that finds nobody announcing tells the others until they know the newest status, so
/// that the announcements of one user never overtake each other.
template <typename Change>
void PresenceService::change(const std::string& userId, const std::string& socketId, Change apply) {
  std::unique_lock lock(mutex_);
  auto& entry = entries_[userId];
  apply(entry);
  entry.cause = socketId;
  if (entry.announcing) return;
  entry.announcing = true;
  while (entry.status() != entry.announced) {
    entry.announced = entry.status();
    const auto status = entry.announced;
    const auto cause = entry.cause;
    lock.unlock();
    announce(userId, status, cause);
    lock.lock();
  }
  entry.announcing = false;
  if (entry.sockets.empty()) entries_.erase(userId);
}

void PresenceService::announce(const std::string& userId, const std::string& status, const std::string& socketId) {
  hooks::PresenceChanged::Change change{userId, {}, status, core_.clock.now(), socketId};
  try {
    Update seen;
    seen.set("lastSeen", Json(toIso8601(change.lastSeen)));
    core_.submit({Write::updateOne(collections::users, where("_id") == Json(userId), seen)},
                 [](const Result<WriteSummary>& result) {
                   if (!result) base::log("chat").warn("lastSeen was not stored: {}", result.error().detail());
                 });
    if (const auto user = core_.store.findOne(collections::users, where("_id") == Json(userId)))
      change.username = stringOf(*user, "username");
  } catch (const Error& error) {
    base::log("chat").warn("presence of a user could not be read: {}", error.detail());
  }
  core_.hooks.after<hooks::PresenceChanged>(change);
}

}  // namespace parley::chat
