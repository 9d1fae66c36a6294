// SPDX-License-Identifier: Apache-2.0
#include "sending.h"

#include <cstdint>
#include <limits>
#include <string>
#include <utility>

using namespace parley;

namespace messaging {

namespace {

constexpr const char* openPrivate = "private_chat.open";

/// Types and ids are checked here; the limits of the texts are the core's.
MessageDraft draftFrom(const Json& data, std::string_view what) {
  constexpr auto any = std::numeric_limits<std::size_t>::max();
  constexpr std::int64_t maxFileSize = std::int64_t{1} << 53;  // what a JavaScript number holds
  const Fields fields(data, what);
  MessageDraft draft;
  draft.sessionId = fields.optionalId("sessionId").value_or("");
  draft.senderId = fields.id("senderId");
  draft.receiverId = fields.optionalId("receiverId").value_or("");
  draft.content = fields.optionalText("content", any).value_or("");
  draft.messageType = fields.optionalText("messageType", any).value_or(draft.messageType);
  draft.fileUrl = fields.optionalText("fileUrl", any).value_or("");
  draft.fileName = fields.optionalText("fileName", any).value_or("");
  draft.fileSize = fields.optionalInteger("fileSize", 0, maxFileSize).value_or(0);
  draft.clientMessageId = fields.optionalText("clientMessageId", any).value_or("");
  draft.replyTo = fields.optionalId("replyTo").value_or("");
  return draft;
}

}  // namespace

void Sending::send(const EventCall& call, const Reply& reply) {
  auto draft = draftFrom(call.data(), "data");
  draft.fromSocket = call.caller.socketId;
  scope_.messages().send(std::move(draft),
                         [&scope = scope_, socketId = call.caller.socketId, reply](const Result<Message>& sent) {
                           if (!sent) return reply(sent.error());
                           auto message = sent.value().toText();
                           JsonText event{R"({"success":true,"message":)" + message.text + '}'};
                           scope.sockets().toSocket(socketId, Emit("message:sent", std::move(event)));
                           reply(Answer(message));
                         });
}

void Sending::send(const HttpCall& call, const HttpReply& reply) {
  scope_.messages().send(draftFrom(call.jsonBody(), "body"), [reply](const Result<Message>& sent) {
    if (!sent) return reply(sent.error());
    reply(HttpResponse::answer(201, Answer(sent.value().toText())));
  });
}

void Sending::choosePrivateSession(MessageDraft& draft) {
  if (!draft.sessionId.empty()) return;
  if (draft.receiverId.empty()) Fields::fail("receiverId", "is required without a sessionId");
  if (draft.receiverId == draft.senderId) Fields::fail("receiverId", "must be another user than senderId");
  const auto opened = scope_.call(openPrivate, JsonObject{{"userId1", draft.senderId}, {"userId2", draft.receiverId}});
  draft.sessionId = Fields(opened).id("sessionId");
}

}  // namespace messaging
