// SPDX-License-Identifier: Apache-2.0
#include "chat/message_changes.h"

#include "chat/collections.h"
#include "chat/documents.h"
#include "storage/document_update.h"

#include <algorithm>
#include <unordered_map>
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

/// A message that is still as `before` has it.
Filter unchangedSince(const Document& before) {
  const auto revision = integerOf(before, "revision");
  return where("_id") == Json(stringOf(before, "_id")) &&
         (revision == 0 ? !where("revision").exists() : where("revision") == revision);
}

/// Only changed messages have `changedAt`: an observer that was down finds them by it, and tells versions apart by it.
void noteChange(Update& update, const Document& before, Time now) {
  const auto last = timeOf(before, "changedAt");
  const auto earliest = last ? *last + Millis(1) : timeOf(before, "createdAt").value_or(now);
  const auto time = toIso8601(std::max(now, earliest));
  update.set("revision", integerOf(before, "revision") + 1).set("updatedAt", Json(time)).set("changedAt", Json(time));
}

/// A database that fails over may have made the change all the same: then it is told as any other.
std::optional<Document> updateUnchanged(Store& store, const Document& before, Update update, Time now) {
  noteChange(update, before, now);
  try {
    return store.findAndUpdate(collections::messages, unchangedSince(before), update);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::Unavailable) throw;
    auto changed = before;
    storage::applyUpdate(changed, update);
    if (storedMessage(store, stringOf(before, "_id")) != changed) throw;
    return changed;
  }
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
  update.set("fileUrl", Json("")).set("fileName", Json("")).set("fileSize", 0).unset("replyTo").unset("author");
  if (isSystem(toMessage(before)))
    update.set("extra", JsonObject{{"system", JsonObject{}}});
  else
    update.unset("extra");
  return update;
}

bool isDeleted(const Document& message) {
  return message.contains("deletedSeq");
}

/// What a blank message has of `extra`; one of the server's own says no more than what it was about.
JsonObject blankExtra(const Document& message) {
  JsonObject extra{{"recalled", true}};
  const auto before = toMessage(message).extra;
  const auto* system = before.if_contains("system");
  if (system != nullptr && system->is_object())
    extra["system"] = JsonObject{{"action", textOf(system->get_object(), "action")}};
  return extra;
}

bool isBlank(const Document& document) {
  const auto message = toMessage(document);
  return message.content.empty() && message.fileUrl.empty() && message.fileName.empty() && message.replyTo.empty() &&
         message.clientMessageId.empty() && !document.contains("author") &&
         (message.deleted || message.extra == blankExtra(document));
}

Write blanking(const Document& before, Time now) {
  Update update;
  update.set("content", Json("")).set("fileUrl", Json("")).set("fileName", Json("")).set("fileSize", 0);
  update.unset("replyTo").unset("clientMessageId").unset("author");
  if (!isDeleted(before)) update.set("extra", blankExtra(before));
  noteChange(update, before, now);
  return Write::updateOne(collections::messages, unchangedSince(before), std::move(update));
}

JsonArray idsOf(const std::vector<Document>& documents) {
  JsonArray ids;
  for (const auto& document : documents) ids.emplace_back(document.at("_id"));
  return ids;
}

/// All in one write; again for those that somebody else has changed meanwhile.
void blankThese(Core& core, std::vector<Document> messages, const std::string& userId,
                const std::function<void(hooks::MessageChanged::Change)>& told) {
  for (int attempt = 0; attempt < maxAttempts; ++attempt) {
    std::erase_if(messages, isBlank);
    if (messages.empty()) return;
    auto ids = idsOf(messages);
    std::vector<Write> writes;
    std::unordered_map<std::string, Document> before;
    for (auto& message : messages) {
      writes.push_back(blanking(message, core.clock.now()));
      before.emplace(stringOf(message, "_id"), std::move(message));
    }
    core.write(std::move(writes));
    messages = core.store.find(collections::messages, where("_id").in(std::move(ids)), {.sort = {{"_id"}}});
    for (const auto& now : messages)
      if (isBlank(now) && !isDeleted(now))
        told({"recalled", toMessage(before.at(stringOf(now, "_id"))), toMessage(now), userId});
  }
  throw Error(ErrorCode::Unavailable, "messages are being changed, try again");
}

}  // namespace

/// Level by level, the copies that were made last first; those of one level are found a part at a time.
void blankWithCopies(Core& core, const std::vector<Document>& messages, const std::string& userId,
                     const std::function<void(hooks::MessageChanged::Change)>& told) {
  constexpr const char* source = "extra.forwardedFrom.messageId";
  constexpr std::int64_t copiesAtOnce = 250;
  std::vector<JsonArray> levels;  // ids alone: who forwards a copy again and again makes many
  levels.push_back(idsOf(messages));
  while (!levels.empty()) {
    const auto copies = core.store.find(collections::messages, where(source).in(levels.back()),
                                        {.sort = {{source}}, .limit = copiesAtOnce});
    if (!copies.empty()) {
      levels.push_back(idsOf(copies));
      continue;
    }
    auto found = core.store.find(collections::messages, where("_id").in(std::move(levels.back())), {.sort = {{"_id"}}});
    blankThese(core, std::move(found), userId, told);
    levels.pop_back();
  }
}

ChangeResult changeMessage(Store& store, const std::string& messageId, const Messages::Change& change, Time now) {
  const auto update = updateFor(change);
  for (int attempt = 0; attempt < maxAttempts; ++attempt) {
    const auto before = storedMessage(store, messageId);
    const auto message = toMessage(before);
    if (message.deleted) throw Error(ErrorCode::NotFound, "the message was deleted");
    if (!change.unless.empty() && message.extra.contains(change.unless))
      return {{change.kind, message, message, change.byUserId}, false};
    if (const auto after = updateUnchanged(store, before, update, now))
      return {{change.kind, message, toMessage(*after), change.byUserId}};
  }
  throw Error(ErrorCode::Unavailable, "the message is being changed, try again");
}

/// The session's mark first: it says that there may be deletions, and so is never behind the messages.
ChangeResult removeMessage(Store& store, const std::string& messageId, const std::string& byUserId, Time now) {
  for (int attempt = 0; attempt < maxAttempts; ++attempt) {
    const auto before = storedMessage(store, messageId);
    const auto message = toMessage(before);
    if (message.deleted) return {{"deleted", message, message, byUserId}, false};
    store.update(collections::sessions, where("_id") == Json(stringOf(before, "sessionId")),
                 Update().max("lastDeletedSeq", integerOf(before, "seq")));
    if (const auto after = updateUnchanged(store, before, tombstone(before), now))
      return {{"deleted", message, toMessage(*after), byUserId}};
  }
  throw Error(ErrorCode::Unavailable, "the message is being changed, try again");
}

}  // namespace parley::chat
