// SPDX-License-Identifier: Apache-2.0
#include "chat/message_changes.h"

#include "chat/collections.h"
#include "chat/documents.h"

#include <algorithm>
#include <utility>

namespace parley::chat {

namespace {

/// Each try that fails is a change of somebody else's.
constexpr int maxAttempts = 100;

Document storedMessage(Store& store, const std::string& messageId) {
  auto document = store.findOne(collections::messages, where("_id") == Json(messageId));
  if (!document) throw Error(ErrorCode::NotFound, "no such message");
  return *std::move(document);
}

/// Updates the message if it is still as `before` has it.
std::optional<Document> updateUnchanged(Store& store, const Document& before, Update update, Time now) {
  const auto revision = integerOf(before, "revision");
  auto unchanged = revision == 0 ? !where("revision").exists() : where("revision") == revision;
  const auto created = timeOf(before, "createdAt").value_or(now);
  const auto time = toIso8601(std::max(now, created));
  // Only changed messages have `changedAt`: an observer that was down finds them by it.
  update.set("revision", revision + 1).set("updatedAt", Json(time)).set("changedAt", Json(time));
  return store.findAndUpdate(collections::messages,
                             where("_id") == Json(stringOf(before, "_id")) && std::move(unchanged), update);
}

Update updateFor(const Messages::Change& change) {
  Update update;
  if (change.content) update.set("content", Json(*change.content));
  if (change.fileUrl) update.set("fileUrl", Json(*change.fileUrl));
  if (change.fileName) update.set("fileName", Json(*change.fileName));
  if (change.fileSize) update.set("fileSize", *change.fileSize);
  for (const auto& member : change.extra) {
    const auto path = "extra." + std::string(member.key());
    member.value().is_null() ? update.unset(path) : update.set(path, member.value());
  }
  return update;
}

/// What remains counts the message, and finds it again for a sender who repeats it.
Update tombstone(const Document& before) {
  Update update;
  update.set("deletedSeq", integerOf(before, "seq")).set("content", Json("")).set("readBy", JsonArray{});
  update.set("fileUrl", Json("")).set("fileName", Json("")).set("fileSize", 0).unset("replyTo");
  if (isSystem(toMessage(before)))
    update.set("extra", JsonObject{{"system", JsonObject{}}});
  else
    update.unset("extra");
  return update;
}

}  // namespace

hooks::MessageChanged::Change changeMessage(Store& store, const std::string& messageId, const Messages::Change& change,
                                            Time now) {
  const auto update = updateFor(change);
  for (int attempt = 0; attempt < maxAttempts; ++attempt) {
    const auto before = storedMessage(store, messageId);
    if (before.contains("deletedSeq")) throw Error(ErrorCode::NotFound, "the message was deleted");
    if (const auto after = updateUnchanged(store, before, update, now))
      return {change.kind, toMessage(before), toMessage(*after), change.byUserId};
  }
  throw Error(ErrorCode::Unavailable, "the message is being changed, try again");
}

/// The session's mark first: it says that there may be deletions, and so is never behind the messages.
hooks::MessageChanged::Change removeMessage(Store& store, const std::string& messageId, const std::string& byUserId,
                                            Time now) {
  for (int attempt = 0; attempt < maxAttempts; ++attempt) {
    const auto before = storedMessage(store, messageId);
    if (before.contains("deletedSeq")) return {"deleted", toMessage(before), toMessage(before), byUserId};
    store.update(collections::sessions, where("_id") == Json(stringOf(before, "sessionId")),
                 Update().max("lastDeletedSeq", integerOf(before, "seq")));
    if (const auto after = updateUnchanged(store, before, tombstone(before), now))
      return {"deleted", toMessage(before), toMessage(*after), byUserId};
  }
  throw Error(ErrorCode::Unavailable, "the message is being changed, try again");
}

}  // namespace parley::chat
