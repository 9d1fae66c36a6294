// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chat/core.h"
#include "chat/delivery_marks.h"
#include "chat/erasure.h"
#include "chat/message_service.h"
#include "chat/options.h"
#include "chat/presence_service.h"
#include "chat/read_service.h"
#include "chat/session_service.h"
#include "chat/type_names.h"
#include "chat/user_service.h"
#include "realtime/socket_observer.h"

#include <parley/chat.h>

#include <memory>
#include <string>

namespace parley::chat {

/// The rules that hold for every feature: users, sessions, messages, presence. Defines its collections when it is made.
///
/// What it is given outlives it. The workers must be drained or stopped before it is destroyed; the store must still be
/// running, since the destructor waits for the writes that are under way.
class Chat final : public realtime::SocketObserver {
 public:
  Chat(storage::ManagedStore& store, Sockets& sockets, plugin::HookTable& hooks, base::WorkerPool& pool,
       const Clock& clock, const ChatOptions& options = {});
  ~Chat() override;
  Chat(const Chat&) = delete;
  Chat& operator=(const Chat&) = delete;

  Users& users() { return users_; }
  Sessions& sessions() { return sessions_; }
  Messages& messages() { return messages_; }
  Reads& reads() { return reads_; }
  Presence& presence() { return presence_; }
  TypeNames& messageTypes() { return messageTypes_; }
  TypeNames& sessionTypes() { return sessionTypes_; }
  Erasure& erasure() { return erasure_; }
  /// Whether somebody has been erased, or is being: quick. [any thread]
  bool isErased(const std::string& userId) const { return core_.erased.contains(userId); }
  /// Notes in the sessions what a crash may have kept from being noted; once the database is this server's and
  /// complete, and before others read it.
  void catchUp();
  /// Takes up what the last process has left unfinished; once the plugins run. `subjects`, what they hold about users,
  /// outlives the workers, and adds nothing after them. [any thread]
  void resume(plugin::DataSubjects& subjects);
  /// Waits until everything that was accepted is stored and told, at most `deadline`; for the end of the process, once
  /// nothing new comes. False when it took longer.
  bool drain(Millis deadline);
  /// Sessions whose mailbox is in memory.
  std::size_t mailboxes() const { return messages_.mailboxes(); }
  /// Notes of deliveries, and of when users left, that were given up since too many waited. [any thread]
  std::uint64_t notesGivenUp() const { return core_.notesGivenUp.get(); }

  void onUserBound(const std::string& userId, const std::string& socketId, bool first) override;
  void onUserGone(const std::string& userId, const std::string& socketId, bool last) override;

 private:
  Core core_;
  TypeNames messageTypes_{"text", "image", "file", "voice"};
  TypeNames sessionTypes_;
  const std::shared_ptr<DeliveryMarks> marks_;
  PresenceService presence_;
  UserService users_;
  SessionService sessions_;
  MessageService messages_;
  ReadService reads_;
  Erasure erasure_;
};

}  // namespace parley::chat
