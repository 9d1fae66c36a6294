// SPDX-License-Identifier: Apache-2.0
#include "chat/chat.h"

#include "chat/collections.h"
#include "chat/session_touch.h"

#include <algorithm>
#include <chrono>

namespace parley::chat {

Chat::Chat(storage::ManagedStore& store, Sockets& sockets, plugin::HookTable& hooks, base::WorkerPool& pool,
           const Clock& clock, const ChatOptions& options)
    : core_(store, sockets, hooks, pool, clock, options),
      marks_(std::make_shared<DeliveryMarks>(core_)),
      presence_(core_),
      users_(core_, presence_),
      sessions_(core_, users_, sessionTypes_, marks_),
      messages_(core_, sessions_, messageTypes_, marks_),
      reads_(core_, sessions_),
      erasure_(core_, sessions_, messages_) {
  for (const auto& spec : collectionSpecs()) store.define(spec);
  core_.erased.load(store);
  users_.setEraser([this](const std::string& userId) { erasure_.begin(userId); });
}

Chat::~Chat() {
  core_.waitForWrites();
}

bool Chat::drain(Millis deadline) {
  const auto end = std::chrono::steady_clock::now() + deadline;
  do {
    const auto left = std::chrono::duration_cast<Millis>(end - std::chrono::steady_clock::now());
    if (!core_.drain(std::max(left, Millis{0}))) return false;
  } while (marks_->flush());
  return true;
}

void Chat::catchUp() {
  catchUpSessions(core_);
}

void Chat::resume(plugin::DataSubjects& subjects) {
  sessions_.resume();
  erasure_.resume(subjects);
}

/// A device that was cut off when its user was erased ends when it comes back.
void Chat::onUserBound(const std::string& userId, const std::string& socketId, bool first) {
  if (isErased(userId)) return core_.sockets.disconnect(socketId, true);
  presence_.onUserBound(userId, socketId, first);
}

void Chat::onUserGone(const std::string& userId, const std::string& socketId, bool last) {
  presence_.onUserGone(userId, socketId, last);
}

}  // namespace parley::chat
