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

void catchUp(Core& core) {
  const auto last = core.store.findOne(collections::messages, Filter(), {.sort = {{"_id", true}}});
  const auto since = last ? base::objectIdBefore(stringOf(*last, "_id"), crashWindow) : std::string();
  if (since.empty()) return;
  std::unordered_map<std::string, Document> newest;
  core.store.forEach(collections::messages, where("_id") >= since, {}, [&newest](Document&& message) {
    auto& known = newest[stringOf(message, "sessionId")];
    if (integerOf(message, "seq") > integerOf(known, "seq")) known = std::move(message);
    return true;
  });
  std::vector<Write> writes;
  for (const auto& [sessionId, document] : newest) {
    const auto message = toMessage(document);
    if (message.seq > 0)
      writes.push_back(touchSession(
          message, {message.seq, senderSeqOf(document), integerOf(document, "systemSeq"), message.createdAt}));
  }
  if (writes.empty()) return;
  const auto caughtUp = core.write(std::move(writes)).affected;
  if (caughtUp > 0) base::log("chat").info("the newest messages of {} sessions are noted after a crash", caughtUp);
}

}  // namespace

Write touchSession(const Message& newest, const Stamp& stamp) {
  const auto time = toIso8601(stamp.time);
  Update update;
  update.set("lastMessage", Json(newest.id)).set("lastMessageTime", Json(time));
  update.max("updatedAt", Json(time));  // the session may have been changed meanwhile
  update.set("lastSeq", stamp.seq).set("lastSender", Json(newest.senderId));
  update.set("lastSenderSeq", stamp.senderSeq).set("lastSystemSeq", stamp.systemSeq);
  return Write::updateOne(collections::sessions,
                          where("_id") == Json(newest.sessionId) && !(where("lastSeq") >= stamp.seq), update);
}

void catchUpSessions(Core& core) {
  try {
    catchUp(core);
  } catch (const Error& error) {  // they are noted with their next message
    base::log("chat").warn("sessions were not caught up with their messages: {}", error.detail());
  }
}

}  // namespace parley::chat
