// SPDX-License-Identifier: Apache-2.0
#include "chat/documents.h"

#include "chat/collections.h"
#include "chat/message_text.h"

namespace parley::chat {

namespace {

/// Asked for where any will do: the index by `seq` has those messages alone that have one.
constexpr std::int64_t firstSeq = 1;

std::vector<std::string> idsIn(const Document& document, std::string_view field) {
  std::vector<std::string> ids;
  const auto* list = document.if_contains(field);
  if (list == nullptr || !list->is_array()) return ids;
  for (const auto& id : list->get_array())
    if (id.is_string()) ids.emplace_back(id.get_string());
  return ids;
}

}  // namespace

std::string stringOf(const Document& document, std::string_view name) {
  return std::string(textOf(document, name));
}

User toUser(const Document& document) {
  User user;
  user.id = stringOf(document, "_id");
  user.username = stringOf(document, "username");
  user.realName = stringOf(document, "realName");
  user.email = stringOf(document, "email");
  user.phone = stringOf(document, "phone");
  user.avatar = stringOf(document, "avatar");
  if (auto role = stringOf(document, "role"); !role.empty()) user.role = std::move(role);
  user.lastSeen = timeOf(document, "lastSeen");
  return user;
}

std::vector<std::string> participantsOf(const Document& document) {
  return idsIn(document, "participants");
}

std::vector<std::string> goneFrom(const Document& document) {
  return idsIn(document, "gone");
}

Session toSession(const Document& document) {
  Session session;
  session.id = stringOf(document, "_id");
  session.type = stringOf(document, "sessionType");
  session.name = stringOf(document, "sessionName");
  // Others have members; a list that another server has left there says who they were once.
  if (session.type == "private") session.participants = participantsOf(document);
  session.ownerId = stringOf(document, "ownerId");
  session.memberCount = document.contains("memberCount") ? integerOf(document, "memberCount")
                                                         : static_cast<std::int64_t>(session.participants.size());
  if (const auto* extra = document.if_contains("extra"); extra && extra->is_object())
    session.extra = extra->get_object();
  session.lastMessageId = stringOf(document, "lastMessage");
  session.lastSeq = integerOf(document, "lastSeq");
  if (!session.lastMessageId.empty()) session.lastMessageTime = timeOf(document, "lastMessageTime");
  session.createdAt = timeOf(document, "createdAt").value_or(Time{});
  session.updatedAt = timeOf(document, "updatedAt").value_or(session.createdAt);
  return session;
}

std::vector<ReadMark> readMarksIn(const Json& list) {
  std::vector<ReadMark> marks;
  if (!list.is_array()) return marks;
  for (const auto& mark : list.get_array())
    if (mark.is_object())
      marks.push_back({stringOf(mark.get_object(), "user"), timeOf(mark.get_object(), "readAt").value_or(Time{})});
  return marks;
}

Message toMessage(const Document& document) {
  Message message;
  message.id = stringOf(document, "_id");
  message.sessionId = stringOf(document, "sessionId");
  message.seq = integerOf(document, "seq");
  message.senderId = stringOf(document, "sender");
  message.receiverId = stringOf(document, "receiver");
  message.content = stringOf(document, "content");
  message.messageType = "text";
  if (auto type = stringOf(document, "messageType"); !type.empty()) message.messageType = std::move(type);
  message.fileUrl = stringOf(document, "fileUrl");
  message.fileName = stringOf(document, "fileName");
  message.fileSize = integerOf(document, "fileSize");
  if (auto status = stringOf(document, "status"); !status.empty()) message.status = std::move(status);
  message.clientMessageId = stringOf(document, "clientMessageId");
  message.replyTo = stringOf(document, "replyTo");
  if (const auto* extra = document.if_contains("extra"); extra && extra->is_object())
    message.extra = extra->get_object();
  if (const auto* readBy = document.if_contains("readBy")) message.readBy = readMarksIn(*readBy);
  message.createdAt = timeOf(document, "createdAt").value_or(Time{});
  message.updatedAt = timeOf(document, "updatedAt").value_or(message.createdAt);
  message.deleted = document.contains("deletedSeq");
  return message;
}

Document toDocument(const Message& message, const std::string& author) {
  constexpr std::size_t usual = 18;  // members with a stamp
  Document document({{"_id", message.id},
                     {"sessionId", message.sessionId},
                     {"sender", message.senderId},
                     {"receiver", message.receiverId.empty() ? Json(nullptr) : Json(message.receiverId)},
                     {"content", message.content},
                     {"messageType", message.messageType},
                     {"fileUrl", message.fileUrl},
                     {"fileName", message.fileName},
                     {"fileSize", message.fileSize},
                     {"status", message.status},
                     {"readBy", JsonArray{}}},
                    usual);
  if (!message.clientMessageId.empty()) document["clientMessageId"] = message.clientMessageId;
  if (!message.replyTo.empty()) document["replyTo"] = message.replyTo;
  if (!message.extra.empty()) document["extra"] = message.extra;
  if (!author.empty()) document["author"] = author;
  return document;
}

bool isSystem(const Message& message) {
  return message.extra.contains("system");
}

void stamp(Message& message, Document& document, const Stamp& stamp) {
  message.seq = stamp.seq;
  message.createdAt = message.updatedAt = stamp.time;
  document["seq"] = stamp.seq;
  const bool isOfPair = stamp.receiverSeq && !stamp.otherSeq;
  document[isOfPair ? "pairSeq" : "senderSeq"] = stamp.senderSeq;
  if (stamp.receiverSeq) document["receiverSeq"] = *stamp.receiverSeq;
  if (stamp.otherSeq) document["otherSeq"] = *stamp.otherSeq;
  if (stamp.systemSeq > 0) document["systemSeq"] = stamp.systemSeq;
  const auto time = toIso8601(stamp.time);
  document["updatedAt"] = time;
  document["createdAt"] = time;
}

Filter notDeleted() {
  return !where("deletedSeq").exists();
}

std::optional<Document> newestMessage(Store& store, const std::string& sessionId, std::optional<std::int64_t> upTo) {
  const auto filter =
      where("sessionId") == Json(sessionId) && (upTo ? where("seq") <= *upTo : where("seq") >= firstSeq);
  return store.findOne(collections::messages, filter, {.sort = {{"seq", true}}, .limit = 1});
}

std::optional<Document> newestShown(Store& store, const std::string& sessionId) {
  return store.findOne(collections::messages,
                       where("sessionId") == Json(sessionId) && where("seq") >= firstSeq && notDeleted(),
                       {.sort = {{"seq", true}}, .limit = 1});
}

std::int64_t highestSeq(storage::ManagedStore& store, const std::string& sessionId) {
  std::int64_t seq = 0;
  store.forEachText(collections::messages, where("sessionId") == Json(sessionId) && where("seq") >= firstSeq,
                    {.sort = {{"seq", true}}, .limit = 1}, [&seq](std::string_view text) {
                      seq = StoredMessage(text).seq();
                      return false;
                    });
  return seq;
}

std::int64_t senderSeqOf(const Document& message) {
  return integerOf(message, message.contains("pairSeq") ? "pairSeq" : "senderSeq");
}

std::int64_t sentUpTo(Store& store, const Document& message, const std::string& userId) {
  if (textOf(message, "sender") == userId) return senderSeqOf(message);
  if (message.contains("receiverSeq") && textOf(message, "receiver") == userId)
    return integerOf(message, "receiverSeq");
  if (message.contains("otherSeq")) return integerOf(message, "otherSeq");
  return sentToGroup(store, stringOf(message, "sessionId"), userId, integerOf(message, "seq"));
}

std::int64_t sentToGroup(Store& store, const std::string& sessionId, const std::string& userId, std::int64_t seq) {
  const auto own = where("sessionId") == Json(sessionId) && where("sender") == Json(userId) && where("seq") <= seq &&
                   where("senderSeq") >= 0;
  const auto newest = store.findOne(collections::messages, own, {.sort = {{"seq", true}}, .limit = 1});
  return newest ? senderSeqOf(*newest) : 0;
}

Write upsertReadState(const std::string& sessionId, const std::string& userId, Update update, Filter unchanged) {
  update.setOnInsert("sessionId", Json(sessionId)).setOnInsert("userId", Json(userId));
  return Write::upsert(collections::readStates,
                       where("_id") == Json(memberId(sessionId, userId)) && std::move(unchanged), std::move(update));
}

}  // namespace parley::chat
