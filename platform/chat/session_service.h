// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chat/core.h"
#include "chat/delivery_marks.h"
#include "chat/receipts.h"
#include "chat/session_changes.h"
#include "chat/session_members.h"
#include "chat/session_removal.h"
#include "chat/type_names.h"

#include <parley/chat.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace parley::chat {

/// The sessions in the store. Who takes part in them is one record per member, so that a user's sessions are found by
/// an index.
class SessionService final : public Sessions {
 public:
  SessionService(Core& core, Users& users, const TypeNames& types, std::shared_ptr<const DeliveryMarks> marks);

  Made openPrivate(const std::string& userId1, const std::string& userId2) override;
  Session create(const NewSession& session) override;
  Session update(const std::string& id, const Change& change) override;
  std::vector<std::string> addMembers(const std::string& id, const std::vector<std::string>& userIds, bool seeHistory,
                                      const std::string& byUserId, std::int64_t maxMembers) override;
  bool removeMember(const std::string& id, const std::string& userId, const std::string& byUserId) override;
  Member updateMember(const std::string& id, const std::string& userId, const MemberChange& change) override;
  void remove(const std::string& id, const std::string& byUserId) override;
  std::optional<Session> find(const std::string& id) override;
  bool isParticipant(const std::string& sessionId, const std::string& userId) override;
  std::vector<std::string> participantsOf(const std::string& sessionId) override;
  std::optional<Member> member(const std::string& sessionId, const std::string& userId) override;
  std::vector<Member> members(const std::string& sessionId) override;
  std::optional<std::int64_t> visibleFrom(const std::string& sessionId, const std::string& userId) override;
  std::vector<Sessions::Place> placesOf(const std::string& userId) override;
  Page listFor(const std::string& userId, std::int64_t page, std::int64_t limit) override;
  JsonArray toJson(const std::vector<Session>& sessions, const std::string& viewer) override;

  /// What is known of who has got and read them.
  void fillReceipts(std::vector<Receipt>& receipts);
  void fillReceipts(std::vector<Message>& messages);

  /// Throws NOT_FOUND for an unknown session.
  SharedMembers membersOf(const std::string& sessionId) { return members_.of(sessionId); }
  /// FEATURE_DISABLED while no plugin has registered the type.
  void checkType(const std::string& type) const { changes_.checkType(type); }
  /// Takes an erased user out of a session, as SessionChanges::expel; one that nobody else is in is removed. NOT_FOUND.
  void expel(const std::string& sessionId, const std::string& userId, std::function<void()> quiet);
  /// Runs a task on a worker, behind what the session's changes have still to tell.
  void afterwards(const std::string& sessionId, base::Task task) { changes_.afterwards(sessionId, std::move(task)); }
  /// Takes up removals that the last process has left unfinished. [any thread]
  void resume() { removal_.resume(); }

 private:
  std::optional<Session> createPrivate(const std::string& pairKey, const std::vector<std::string>& userIds);
  SharedMembers membersIfThere(const std::string& sessionId);
  std::vector<std::string> shownParticipants(const Session& session);

  Core& core_;
  Users& users_;
  const std::shared_ptr<const DeliveryMarks> marks_;
  SessionMembers members_;
  SessionChanges changes_;
  SessionRemoval removal_;
};

}  // namespace parley::chat
