// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chat/core.h"
#include "chat/documents.h"

#include <parley/chat.h>
#include <parley/store.h>

#include <memory>
#include <mutex>
#include <string>

namespace parley::chat {

/// The newest message of a session, until the session's document has it. [any thread]
class NewestMessage {
 public:
  NewestMessage(const Message& message, const Stamp& stamp);

  /// A newer one has come. False, and nothing done, when the write was made already.
  bool renew(const Message& message, const Stamp& stamp);
  /// Notes it in the document, which alone answers then how many messages the session has. Never back to an older
  /// message, also when nodes write at once. For ManagedStore::submitWhenDue.
  Write take();

 private:
  const std::string sessionId_;
  std::mutex mutex_;
  bool taken_ = false;
  std::string id_;
  std::string senderId_;
  Stamp stamp_;
};

/// Has the newest message of a session noted, once it is stored: a fraction of a second later, and what comes until
/// then with it. [one thread at a time]
class SessionTouch {
 public:
  void note(storage::ManagedStore& store, const Message& newest, const Stamp& stamp);

 private:
  std::weak_ptr<NewestMessage> waiting_;
};

/// Does so for what a crash may have kept from being noted.
void catchUpSessions(Core& core);

}  // namespace parley::chat
