// SPDX-License-Identifier: Apache-2.0
#include "chat/chat.h"

#include "chat/collections.h"

namespace parley::chat {

Chat::Chat(Store& store, Sockets& sockets, plugin::HookTable& hooks, base::WorkerPool& pool, const Clock& clock,
           const ChatOptions& options)
    : core_(store, sockets, hooks, pool, clock, options),
      presence_(core_),
      users_(core_, presence_),
      sessions_(core_, users_, sessionTypes_),
      messages_(core_, sessions_, messageTypes_),
      reads_(core_, sessions_) {
  defineCollections(store);
}

Chat::~Chat() {
  core_.waitForWrites();
}

void Chat::onUserBound(const std::string& userId, const std::string& socketId, bool first) {
  presence_.onUserBound(userId, socketId, first);
}

void Chat::onUserGone(const std::string& userId, const std::string& socketId, bool last) {
  presence_.onUserGone(userId, socketId, last);
}

}  // namespace parley::chat
