// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chat/announcer.h"
#include "chat/core.h"
#include "chat/history.h"
#include "chat/lru_map.h"
#include "chat/mailbox.h"
#include "chat/message_changes.h"
#include "chat/session_service.h"
#include "chat/type_names.h"

#include <parley/chat.h>
#include <parley/hooks.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace parley::chat {

/// The rules for messages; the sessions' mailboxes do the work.
class MessageService final : public Messages {
 public:
  MessageService(Core& core, SessionService& sessions, const TypeNames& types, std::shared_ptr<DeliveryMarks> marks);

  void send(MessageDraft draft, Sent done) override;
  Message send(MessageDraft draft) override;
  std::optional<Message> find(const std::string& messageId) override;
  std::vector<Message> findMany(const std::vector<std::string>& ids) override;
  Message change(const std::string& messageId, const Change& change) override;
  Message remove(const std::string& messageId, const std::string& byUserId) override;
  History history(const HistoryQuery& query) override;
  WrittenHistory writtenHistory(const HistoryQuery& query) override;
  void delivered(const std::vector<Message>& messages) override;

  /// Takes what they say out of messages of an erased user, and out of all forwarded copies of them, as a recall by
  /// that user does; `then` runs on a worker, behind what observers are told of it. A few hundred at once, as they are
  /// stored. [worker]
  void blank(const std::vector<Document>& messages, const std::string& userId, base::Task then);

  /// Mailboxes in memory.
  std::size_t mailboxes() const;

 private:
  void start(MessageDraft draft, const Sent& done, bool early);
  std::shared_ptr<const Members> admit(MessageDraft& draft);
  void checkShape(const MessageDraft& draft) const;
  std::shared_ptr<const Members> checkSession(const MessageDraft& draft);
  void checkReply(const MessageDraft& draft, const Members& members);
  std::string authorOf(const std::string& messageId);
  Message told(ChangeResult result);
  void tell(hooks::MessageChanged::Change changed);
  StoredPage pageOf(const HistoryQuery& query);
  std::int64_t firstSeqFor(const std::string& sessionId, const std::string& viewer);
  std::shared_ptr<Mailbox> mailboxOf(const std::string& sessionId);

  Core& core_;
  SessionService& sessions_;
  const TypeNames& types_;
  const std::shared_ptr<Announcer> announcer_;
  mutable std::mutex mutex_;
  LruMap<std::shared_ptr<Mailbox>> mailboxes_;
};

}  // namespace parley::chat
