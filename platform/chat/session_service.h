// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chat/core.h"
#include "chat/lru_map.h"

#include <parley/chat.h>

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace parley::chat {

/// Who takes part in a session, at one moment.
struct Members {
  bool isPrivate = false;
  std::vector<std::string> userIds;

  bool has(const std::string& userId) const;
};

/// The sessions in the store, and who takes part in them: one record per member, so that a user's sessions are found by
/// an index.
class SessionService final : public Sessions {
 public:
  SessionService(Core& core, Users& users);

  Made openPrivate(const std::string& userId1, const std::string& userId2) override;
  std::optional<Session> find(const std::string& id) override;
  bool isParticipant(const std::string& sessionId, const std::string& userId) override;
  std::vector<std::string> participantsOf(const std::string& sessionId) override;
  Page listFor(const std::string& userId, std::int64_t page, std::int64_t limit) override;
  JsonArray toJson(const std::vector<Session>& sessions, const std::string& viewer) override;

  /// Throws NOT_FOUND for an unknown session.
  std::shared_ptr<const Members> membersOf(const std::string& sessionId);

 private:
  std::optional<Session> createPrivate(const std::string& pairKey, const std::vector<std::string>& userIds);
  std::int64_t unreadCount(const std::string& sessionId, const std::string& userId, std::int64_t readUpTo);

  Core& core_;
  Users& users_;
  std::mutex mutex_;
  LruMap<std::shared_ptr<const Members>> cache_;  ///< private sessions: their participants never change
};

}  // namespace parley::chat
