// SPDX-License-Identifier: Apache-2.0
#include "chat/member_cache.h"

#include <utility>
#include <vector>

namespace parley::chat {

MemberCache::MemberCache(std::size_t maxSessions, std::size_t maxMembers)
    : maxSessions_(maxSessions), maxMembers_(maxMembers) {}

SharedMembers MemberCache::find(const std::string& sessionId) {
  const std::lock_guard lock(mutex_);
  const auto* known = lists_.find(sessionId);
  return known == nullptr ? nullptr : *known;
}

/// The newest list stays even when it alone is too large: else every message into that session would read it. What goes
/// is freed once the lock is.
void MemberCache::put(const std::string& sessionId, SharedMembers members) {
  std::vector<SharedMembers> dropped;
  const std::lock_guard lock(mutex_);
  if (auto* known = lists_.find(sessionId)) {
    sum_ -= (*known)->userIds.size();
    dropped.push_back(std::move(*known));
  }
  sum_ += members->userIds.size();
  lists_.put(sessionId, std::move(members));
  lists_.shrinkWhile([&] { return lists_.size() > maxSessions_ || (sum_ > maxMembers_ && lists_.size() > 1); },
                     [&](SharedMembers& oldest) {
                       if (oldest.use_count() > 1 || oldest->lease.use_count() > 1) return false;
                       sum_ -= oldest->userIds.size();
                       dropped.push_back(std::move(oldest));
                       return true;
                     });
}

void MemberCache::erase(const std::string& sessionId) {
  SharedMembers dropped;
  const std::lock_guard lock(mutex_);
  auto* known = lists_.find(sessionId);
  if (known == nullptr) return;
  sum_ -= (*known)->userIds.size();
  dropped = std::move(*known);
  lists_.erase(sessionId);
}

std::size_t MemberCache::members() const {
  const std::lock_guard lock(mutex_);
  return sum_;
}

}  // namespace parley::chat
