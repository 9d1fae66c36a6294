// SPDX-License-Identifier: Apache-2.0
#include "chat/session_touch.h"

#include "base/id.h"
#include "base/log.h"
#include "chat/collections.h"

#include <chrono>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace parley::chat {

namespace {

/// Longer than a message that is stored may wait to be noted, by the time in its id.
constexpr std::chrono::seconds crashWindow{60};
/// Longer than it takes until the server runs again.
constexpr std::chrono::seconds restartWindow{3600};

void catchUp(Core& core) {
  const auto last = core.store.findOne(collections::messages, Filter(), {.sort = {{"_id", true}}});
  const auto since = last ? base::objectIdBefore(stringOf(*last, "_id"), crashWindow) : std::string();
  if (since.empty()) return;
  auto maybeUnnoted = where("_id") >= since;
  // While the clock is behind the largest id, since it was set back, also those of the last while by the clock.
  if (const auto now = base::newObjectId(core.clock.now()); stringOf(*last, "_id") >= now)
    maybeUnnoted =
        std::move(maybeUnnoted) || (where("_id") >= base::objectIdBefore(now, restartWindow) && where("_id") <= now);
  std::unordered_map<std::string, Document> newest;
  core.store.forEach(collections::messages, maybeUnnoted, {}, [&newest](Document&& message) {
    auto& known = newest[stringOf(message, "sessionId")];
    if (integerOf(message, "seq") > integerOf(known, "seq")) known = std::move(message);
    return true;
  });
  std::vector<Write> writes;
  for (const auto& [sessionId, document] : newest) {
    const auto message = toMessage(document);
    if (message.seq > 0)
      writes.push_back(NewestMessage(message, {message.seq, senderSeqOf(document), integerOf(document, "systemSeq"),
                                               message.createdAt})
                           .take());
  }
  if (writes.empty()) return;
  const auto caughtUp = core.write(std::move(writes)).affected;
  if (caughtUp > 0) base::log("chat").info("the newest messages of {} sessions are noted after a crash", caughtUp);
}

}  // namespace

NewestMessage::NewestMessage(const Message& message, const Stamp& stamp)
    : sessionId_(message.sessionId), id_(message.id), senderId_(message.senderId), stamp_(stamp) {}

bool NewestMessage::renew(const Message& message, const Stamp& stamp) {
  const std::lock_guard lock(mutex_);
  if (taken_) return false;
  id_ = message.id;
  senderId_ = message.senderId;
  stamp_ = stamp;
  return true;
}

Write NewestMessage::take() {
  const std::lock_guard lock(mutex_);
  taken_ = true;
  const auto time = toIso8601(stamp_.time);
  Update update;
  update.set("lastMessage", Json(id_)).set("lastMessageTime", Json(time));
  update.max("updatedAt", Json(time));  // the session may have been changed meanwhile
  update.set("lastSeq", stamp_.seq).set("lastSender", Json(senderId_));
  update.set("lastSenderSeq", stamp_.senderSeq).set("lastSystemSeq", stamp_.systemSeq);
  return Write::updateOne(collections::sessions, where("_id") == Json(sessionId_) && !(where("lastSeq") >= stamp_.seq),
                          update);
}

void SessionTouch::note(storage::ManagedStore& store, const Message& newest, const Stamp& stamp) {
  if (const auto waiting = waiting_.lock(); waiting && waiting->renew(newest, stamp)) return;
  const auto next = std::make_shared<NewestMessage>(newest, stamp);
  waiting_ = next;
  store.submitWhenDue(collections::sessions, newest.sessionId, [next] { return next->take(); });
}

void catchUpSessions(Core& core) {
  try {
    catchUp(core);
  } catch (const Error& error) {  // they are noted with their next message
    base::log("chat").warn("sessions were not caught up with their messages: {}", error.detail());
  }
}

}  // namespace parley::chat
