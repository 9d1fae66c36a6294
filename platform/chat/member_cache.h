// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chat/lru_map.h"
#include "chat/members.h"

#include <cstddef>
#include <mutex>
#include <string>

namespace parley::chat {

/// The member lists in memory, bounded by their number and by how many members they have together. A list whose
/// session has messages under way stays, since its lease must be found again. [any thread]
class MemberCache {
 public:
  MemberCache(std::size_t maxSessions, std::size_t maxMembers);

  /// Null when it is not there.
  SharedMembers find(const std::string& sessionId);
  void put(const std::string& sessionId, SharedMembers members);
  void erase(const std::string& sessionId);

  /// Members in all lists together.
  std::size_t members() const;

 private:
  const std::size_t maxSessions_;
  const std::size_t maxMembers_;
  mutable std::mutex mutex_;
  LruMap<SharedMembers> lists_;
  std::size_t sum_ = 0;
};

}  // namespace parley::chat
