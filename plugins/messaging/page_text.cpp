// SPDX-License-Identifier: Apache-2.0
#include "page_text.h"

using namespace parley;

namespace messaging {

namespace {

constexpr std::size_t usualMessage = 512;  ///< bytes of its text

/// Without a branch for each character, so that the compiler takes many at once.
bool isPlain(std::string_view text) {
  unsigned char special = 0;
  for (const unsigned char c : text) special |= static_cast<unsigned char>((c < ' ') | (c == '"') | (c == '\\'));
  return special == 0;
}

void add(std::string& out, std::string_view text) {
  if (!isPlain(text)) {
    out += boost::json::serialize(Json(text));
    return;
  }
  out += '"';
  out += text;
  out += '"';
}

void addOrNull(std::string& out, const std::string& text) {
  if (text.empty())
    out += "null";
  else
    add(out, text);
}

void addReaders(std::string& out, const std::vector<ReadMark>& marks) {
  out += '[';
  for (const auto& mark : marks) {
    if (&mark != &marks.front()) out += ',';
    add(out += R"({"user":)", mark.userId);
    add(out += R"(,"readAt":)", toIso8601(mark.readAt));
    out += '}';
  }
  out += ']';
}

void add(std::string& out, const Message& message) {
  if (!message.extra.empty()) {  // its members may take the place of others
    out += boost::json::serialize(message.toJson());
    return;
  }
  add(out += R"({"_id":)", message.id);
  add(out += R"(,"sessionId":)", message.sessionId);
  (out += R"(,"seq":)") += std::to_string(message.seq);
  add(out += R"(,"sender":)", message.senderId);
  addOrNull(out += R"(,"receiver":)", message.receiverId);
  add(out += R"(,"content":)", message.content);
  add(out += R"(,"messageType":)", message.messageType);
  add(out += R"(,"fileUrl":)", message.fileUrl);
  add(out += R"(,"fileName":)", message.fileName);
  (out += R"(,"fileSize":)") += std::to_string(message.fileSize);
  add(out += R"(,"status":)", message.status);
  addReaders(out += R"(,"readBy":)", message.readBy);
  add(out += R"(,"createdAt":)", toIso8601(message.createdAt));
  add(out += R"(,"updatedAt":)", toIso8601(message.updatedAt));
  if (!message.clientMessageId.empty()) add(out += R"(,"clientMessageId":)", message.clientMessageId);
  if (!message.replyTo.empty()) add(out += R"(,"replyTo":)", message.replyTo);
  out += '}';
}

}  // namespace

std::string pageText(const Messages::History& history) {
  std::string out;
  out.reserve((history.messages.size() + 1) * usualMessage);
  out += R"({"success":true,"data":[)";
  for (const auto& message : history.messages) {
    if (&message != &history.messages.front()) out += ',';
    add(out, message);
  }
  (out += R"(],"pagination":)") += boost::json::serialize(history.pagination.toJson());
  out += '}';
  return out;
}

}  // namespace messaging
