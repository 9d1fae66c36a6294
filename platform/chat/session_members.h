// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chat/core.h"
#include "chat/member_cache.h"
#include "chat/members.h"

#include <parley/chat.h>

#include <array>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace parley::chat {

/// Who takes part in each session: read from the store once, then kept in memory and in step with it. Reading a list
/// and changing it exclude each other, per session, so that no list that was read before a change is kept after it.
/// [worker]
class SessionMembers {
 public:
  explicit SessionMembers(Core& core);

  /// Throws NOT_FOUND for an unknown session.
  SharedMembers of(const std::string& sessionId);
  /// CONFLICT for a user who is in as many sessions as one may be who opens another.
  void checkRoomFor(const std::string& userId) const;
  /// For a session that is new.
  void put(const std::string& sessionId, SharedMembers members) { cache_.put(sessionId, std::move(members)); }
  /// The writes of a new session, its members first, have failed: whether it was stored all the same. If not, its
  /// members are removed. Throws when the store cannot tell, and leaves them: without their session they show nowhere.
  bool isStoredAfterAll(const std::string& sessionId);

  /// What a change does: each of the writes changes exactly one document.
  struct Step {
    std::vector<Write> writes;
    SharedMembers next;  ///< null: the session is gone
  };
  /// `plan` gets the members there are, and throws to refuse; its step is carried out, then `told` is called, which
  /// must not call out. CONFLICT when another node has changed the same meanwhile.
  void change(const std::string& sessionId, const std::function<Step(const SharedMembers& now)>& plan,
              const std::function<void()>& told);

 private:
  SharedMembers current(const std::string& sessionId);
  std::shared_ptr<Members> read(const std::string& sessionId);
  void carryOut(std::vector<Write> writes);
  std::mutex& mutexOf(const std::string& sessionId);

  Core& core_;
  MemberCache cache_;
  std::array<std::mutex, 64> mutexes_;  ///< of a session: by its id's hash
};

/// A session as it is stored; nothing when there is none, or it is being removed.
std::optional<Document> findSession(Store& store, const std::string& sessionId);

}  // namespace parley::chat
