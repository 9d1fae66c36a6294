// SPDX-License-Identifier: Apache-2.0
#include "chat/message_text.h"

#include "chat/documents.h"
#include "storage/json_values.h"
#include "storage/json_walk.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>

namespace parley::chat {

namespace {

using Written = std::string_view;  ///< a value, as it is written

/// Empty when it is no text.
Written inQuotes(Written value) {
  return value.size() < 2 || value.front() != '"' ? Written() : value.substr(1, value.size() - 2);
}

/// Empty when it is no text.
std::string textOf(Written value) {
  const auto text = inQuotes(value);
  if (text.find('\\') == Written::npos) return std::string(text);
  const auto parsed = storage::parseStored(value);
  return std::string(std::string_view(parsed.as_string()));
}

/// 0 when it is no whole number.
std::int64_t integerOf(Written value) {
  std::int64_t number = 0;
  const auto* end = value.data() + value.size();
  const auto read = std::from_chars(value.data(), end, number);
  if (value.empty() || (read.ec == std::errc() && read.ptr == end)) return number;
  return parley::integerOf(JsonObject{{"number", storage::parseStored(value)}}, "number");
}

std::optional<Time> timeOf(Written value) {
  return fromIso8601(inQuotes(value));
}

bool isText(Written value) {
  return !inQuotes(value).empty() || value == R"("")";
}

/// In digits, of which there are not too many for a number of 64 bits.
bool isWhole(Written value) {
  constexpr std::size_t most = std::numeric_limits<std::int64_t>::digits10;
  return !value.empty() && value.size() <= most &&
         std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool isTime(Written value) {
  constexpr std::string_view form = R"("2024-01-01T00:00:00.000Z")";
  return value.size() == form.size() && value.back() == '"';
}

/// A text that is not empty.
bool isGiven(Written value) {
  return !inQuotes(value).empty();
}

/// From one value to the end of another one that stands behind it.
std::string_view stretch(Written first, Written last) {
  return {first.data(), static_cast<std::size_t>(last.data() + last.size() - first.data())};
}

}  // namespace

StoredMessage::StoredMessage(std::string_view text) {
  struct Member {
    std::string_view name;
    Written StoredMessage::*value;
    bool isOptional = false;
  };
  /// In the order in which documents have them.
  static constexpr std::array members{Member{"_id", &StoredMessage::id_},
                                      Member{"sessionId", &StoredMessage::sessionId_},
                                      Member{"sender", &StoredMessage::sender_},
                                      Member{"receiver", &StoredMessage::receiver_},
                                      Member{"content", &StoredMessage::content_},
                                      Member{"messageType", &StoredMessage::messageType_},
                                      Member{"fileUrl", &StoredMessage::fileUrl_},
                                      Member{"fileName", &StoredMessage::fileName_},
                                      Member{"fileSize", &StoredMessage::fileSize_},
                                      Member{"status", &StoredMessage::status_},
                                      Member{"readBy", &StoredMessage::readBy_},
                                      Member{"clientMessageId", &StoredMessage::clientMessageId_, true},
                                      Member{"replyTo", &StoredMessage::replyTo_, true},
                                      Member{"extra", &StoredMessage::extra_, true},
                                      Member{"seq", &StoredMessage::seq_},
                                      Member{"senderSeq", &StoredMessage::ignored_, true},
                                      Member{"pairSeq", &StoredMessage::ignored_, true},
                                      Member{"receiverSeq", &StoredMessage::ignored_, true},
                                      Member{"otherSeq", &StoredMessage::ignored_, true},
                                      Member{"systemSeq", &StoredMessage::ignored_, true},
                                      Member{"updatedAt", &StoredMessage::updatedAt_},
                                      Member{"createdAt", &StoredMessage::createdAt_},
                                      Member{"deletedSeq", &StoredMessage::deletedSeq_, true}};
  storage::JsonWalk walk(text);
  walk.enter();
  for (const auto& member : members) {
    if (walk.member(member.name))
      this->*member.value = walk.value();
    else if (!member.isOptional)
      isInOrder_ = false;
  }
  while (const auto name = walk.member()) {  // what few have, and all of what has another order
    const auto value = walk.value();
    const auto* member =
        std::find_if(members.begin(), members.end(), [&name](const auto& m) { return m.name == *name; });
    if (member == members.end()) continue;
    this->*member->value = value;
    isInOrder_ = false;
  }
}

std::int64_t StoredMessage::seq() const {
  return integerOf(seq_);
}

Receipt StoredMessage::receipt() const {
  Receipt receipt{inQuotes(sessionId_), seq(), inQuotes(sender_), inQuotes(receiver_), "sent", {}};
  if (isGiven(status_)) receipt.status = inQuotes(status_);
  if (!readBy_.empty() && readBy_ != "[]") receipt.readBy = readMarksIn(storage::parseStored(readBy_));
  return receipt;
}

Message StoredMessage::toMessage() const {
  Message message;
  message.id = textOf(id_);
  message.sessionId = textOf(sessionId_);
  message.seq = seq();
  message.senderId = textOf(sender_);
  message.receiverId = textOf(receiver_);
  message.content = textOf(content_);
  message.messageType = isGiven(messageType_) ? textOf(messageType_) : "text";
  message.fileUrl = textOf(fileUrl_);
  message.fileName = textOf(fileName_);
  message.fileSize = integerOf(fileSize_);
  if (isGiven(status_)) message.status = textOf(status_);
  message.clientMessageId = textOf(clientMessageId_);
  message.replyTo = textOf(replyTo_);
  if (!extra_.empty())
    if (const auto extra = storage::parseStored(extra_); extra.is_object()) message.extra = extra.get_object();
  message.readBy = receipt().readBy;
  message.createdAt = timeOf(createdAt_).value_or(Time{});
  message.updatedAt = timeOf(updatedAt_).value_or(message.createdAt);
  message.deleted = isDeleted();
  return message;
}

/// What can be shown as it stands: all but what has members of plugins, and what others have stored.
bool StoredMessage::isUsual() const {
  return isInOrder_ && extra_.empty() && isWhole(seq_) && isWhole(fileSize_) && isTime(createdAt_) &&
         isTime(updatedAt_) && isGiven(messageType_) && (isGiven(receiver_) || receiver_ == "null") && isText(id_) &&
         isText(sessionId_) && isText(sender_) && isText(content_) && isText(fileUrl_) && isText(fileName_);
}

/// The members in the order of Message::toJson, which for most of them is that of the text.
void StoredMessage::appendTo(std::string& written, const Receipt& receipt) const {
  if (!isUsual()) {
    auto message = toMessage();
    if (receipt.status != this->receipt().status) message.status = std::string(receipt.status);
    message.readBy = receipt.readBy;
    written += message.toText().text;
    return;
  }
  const auto add = [&written](std::string_view name, std::string_view values) { written.append(name).append(values); };
  add(R"({"_id":)", stretch(id_, sessionId_));
  add(R"(,"seq":)", seq_);
  add(R"(,"sender":)", stretch(sender_, fileSize_));
  add(R"(,"status":")", receipt.status);
  appendJson(written += R"(","readBy":)", receipt.readBy);
  add(R"(,"createdAt":)", createdAt_);
  add(R"(,"updatedAt":)", updatedAt_);
  if (isGiven(clientMessageId_)) add(R"(,"clientMessageId":)", clientMessageId_);
  if (isGiven(replyTo_)) add(R"(,"replyTo":)", replyTo_);
  written += '}';
}

}  // namespace parley::chat
