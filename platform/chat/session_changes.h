// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chat/core.h"
#include "chat/session_members.h"
#include "chat/type_names.h"

#include <parley/chat.h>

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace parley::chat {

/// Makes sessions and changes them. The hooks of the changes of one session run on the workers, in the order of the
/// changes. [worker]
class SessionChanges {
 public:
  SessionChanges(Core& core, SessionMembers& members, const TypeNames& types);

  /// FEATURE_DISABLED while no plugin has registered the type.
  void checkType(const std::string& type) const;

  Session create(const Sessions::NewSession& wanted);
  Session update(const std::string& id, const Sessions::Change& change);
  std::vector<std::string> addMembers(const std::string& id, const std::vector<std::string>& userIds, bool seeHistory,
                                      const std::string& byUserId, std::int64_t maxMembers);
  bool removeMember(const std::string& id, const std::string& userId, const std::string& byUserId);
  Member updateMember(const std::string& id, const std::string& userId, const Sessions::MemberChange& change);
  /// Takes an erased user out of a session of any type; who owned it hands it to whoever of the admins, or else of the
  /// members, has been there longest. `quiet` is called, on any thread, when no message that was admitted before is on
  /// its way any more.
  void expel(const std::string& id, const std::string& userId, const std::function<void()>& quiet);
  /// Runs a task on a worker, behind what the session's changes have still to tell.
  void afterwards(const std::string& id, base::Task task) { orderOf(id).postAccepted(std::move(task)); }
  /// Marks the session, of any type, as gone; `atEnd` is called when no message is on its way into it any more, on any
  /// thread.
  void retire(const std::string& id, const std::string& byUserId, std::function<void()> atEnd);

 private:
  using Tell = std::function<void(const Session&)>;
  using Step = SessionMembers::Step;

  using Plan = std::function<Step(const SharedMembers&)>;

  Plan checked(Plan plan) const;
  Session apply(const std::string& id, const Plan& plan, Tell tell);
  base::Strand& orderOf(const std::string& id) { return order_[std::hash<std::string>{}(id) % order_.size()]; }
  void tellMembers(const Session& session, std::vector<std::string> joined, std::vector<std::string> left,
                   std::vector<std::string> changed, const std::string& byUserId) const;
  Write touch(const std::string& id, Update update) const;
  void storeNew(const Document& session, const Members& members);

  Core& core_;
  SessionMembers& members_;
  const TypeNames& types_;
  std::vector<base::Strand> order_;  ///< of a session: by its id's hash
  std::shared_ptr<std::atomic<std::size_t>> waiting_ = std::make_shared<std::atomic<std::size_t>>(0);
};

}  // namespace parley::chat
