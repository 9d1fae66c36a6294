// SPDX-License-Identifier: Apache-2.0
#include "chat/message_text.h"

#include "chat/documents.h"
#include "storage/json_values.h"
#include "storage/json_walk.h"

#include <array>
#include <charconv>

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
  if (read.ec == std::errc() && read.ptr == end) return number;
  return parley::integerOf(JsonObject{{"number", storage::parseStored(value)}}, "number");
}

Time timeOf(Written value) {
  return fromIso8601(inQuotes(value)).value_or(Time{});
}

struct Member {
  std::string_view name;
  void (*take)(Message& message, Written value);
};

/// In the order in which documents have them.
constexpr std::array members{
    Member{"_id", [](Message& message, Written value) { message.id = textOf(value); }},
    Member{"sessionId", [](Message& message, Written value) { message.sessionId = textOf(value); }},
    Member{"sender", [](Message& message, Written value) { message.senderId = textOf(value); }},
    Member{"receiver", [](Message& message, Written value) { message.receiverId = textOf(value); }},
    Member{"content", [](Message& message, Written value) { message.content = textOf(value); }},
    Member{"messageType", [](Message& message, Written value) { message.messageType = textOf(value); }},
    Member{"fileUrl", [](Message& message, Written value) { message.fileUrl = textOf(value); }},
    Member{"fileName", [](Message& message, Written value) { message.fileName = textOf(value); }},
    Member{"fileSize", [](Message& message, Written value) { message.fileSize = integerOf(value); }},
    Member{"status", [](Message& message, Written value) { message.status = textOf(value); }},
    Member{"readBy",
           [](Message& message, Written value) {
             if (value != "[]") message.readBy = readMarksIn(storage::parseStored(value));
           }},
    Member{"clientMessageId", [](Message& message, Written value) { message.clientMessageId = textOf(value); }},
    Member{"replyTo", [](Message& message, Written value) { message.replyTo = textOf(value); }},
    Member{"extra",
           [](Message& message, Written value) {
             if (const auto extra = storage::parseStored(value); extra.is_object()) message.extra = extra.get_object();
           }},
    Member{"seq", [](Message& message, Written value) { message.seq = integerOf(value); }},
    Member{"createdAt", [](Message& message, Written value) { message.createdAt = timeOf(value); }},
    Member{"updatedAt", [](Message& message, Written value) { message.updatedAt = timeOf(value); }},
    Member{"deletedSeq", [](Message& message, Written) { message.deleted = true; }}};

/// The search goes on from the last one, so that it mostly ends at once.
const Member* find(std::string_view name, std::size_t& next) {
  for (std::size_t i = 0; i < members.size(); ++i) {
    const auto at = (next + i) % members.size();
    if (members[at].name != name) continue;
    next = at + 1;
    return &members[at];
  }
  return nullptr;
}

}  // namespace

Message toMessage(std::string_view text) {
  Message message;
  storage::JsonWalk walk(text);
  walk.enter();
  std::size_t next = 0;
  while (const auto name = walk.member()) {
    const auto value = walk.value();
    if (const auto* member = find(*name, next)) member->take(message, value);
  }
  if (message.messageType.empty()) message.messageType = "text";
  if (message.status.empty()) message.status = "sent";
  if (message.updatedAt == Time{}) message.updatedAt = message.createdAt;
  return message;
}

}  // namespace parley::chat
