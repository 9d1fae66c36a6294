// SPDX-License-Identifier: Apache-2.0
#include "forwarding.h"

#include <parley/visible.h>

#include <memory>
#include <mutex>
#include <optional>
#include <utility>

using namespace parley;

namespace forwarding {

namespace {

/// The results of one call, in the order of its targets. Sendings end on different threads.
class Gathered {
 public:
  Gathered(std::size_t count, std::function<void(JsonArray)> done)
      : results_(count), left_(count), done_(std::move(done)) {}

  void put(std::size_t index, JsonObject result) {
    {
      const std::lock_guard lock(mutex_);
      results_[index] = std::move(result);
      if (--left_ > 0) return;
    }
    done_(JsonArray(results_.begin(), results_.end()));
  }

 private:
  std::mutex mutex_;
  std::vector<JsonObject> results_;
  std::size_t left_;
  std::function<void(JsonArray)> done_;
};

/// A target as the client named it.
JsonObject named(const std::string& sessionId, const std::string& receiverId) {
  if (!sessionId.empty()) return {{"sessionId", sessionId}};
  return {{"receiverId", receiverId}};
}

JsonObject resultOf(JsonObject target, const Result<Message>& sent) {
  target["success"] = sent.ok();
  if (sent) {
    target["message"] = sent.value().toJson();
  } else {
    target["code"] = codeName(sent.error().code());
    target["error"] = sent.error().detail();
  }
  return target;
}

}  // namespace

/// Drafts with the place alone.
std::vector<MessageDraft> Forwarding::targetsOf(const Json& body, const Caller& caller) const {
  const Fields fields(body);
  if (!fields.has("targets")) Fields::fail("targets", "is required");
  const auto& list = body.get_object().at("targets");
  if (!list.is_array() || list.get_array().empty()) Fields::fail("targets", "must be a list that is not empty");
  if (list.get_array().size() > maxTargets_) Fields::fail("targets", "must be at most " + std::to_string(maxTargets_));
  std::vector<MessageDraft> targets;
  for (const auto& item : list.get_array()) {
    const Fields target(item, "targets");
    MessageDraft draft;
    draft.sessionId = target.optionalId("sessionId").value_or("");
    draft.receiverId = draft.sessionId.empty() ? target.id("receiverId") : "";
    draft.senderId = caller.userId;
    draft.fromSocket = caller.socketId;
    targets.push_back(std::move(draft));
  }
  return targets;
}

/// What one may not see, one cannot forward.
Message Forwarding::sourceFor(const std::string& messageId, const std::string& userId) {
  auto message = visibleMessage(scope_.messages(), scope_.sessions(), messageId, userId);
  if (message.extra.contains("recalled")) throw Error(ErrorCode::Conflict, "the message was recalled");
  if (message.extra.contains("system")) throw Error(ErrorCode::Forbidden, "a system message cannot be forwarded");
  return message;
}

void Forwarding::send(const Message& source, std::vector<MessageDraft> targets, Done done) {
  const auto gathered = std::make_shared<Gathered>(targets.size(), std::move(done));
  const JsonObject from{{"messageId", source.id}, {"senderId", source.senderId}, {"sessionId", source.sessionId}};
  for (std::size_t i = 0; i < targets.size(); ++i) {
    auto& draft = targets[i];
    draft.content = source.content;
    draft.messageType = source.messageType;
    draft.fileUrl = source.fileUrl;
    draft.fileName = source.fileName;
    draft.fileSize = source.fileSize;
    draft.extra = {{"forwardedFrom", from}};
    const auto target = named(draft.sessionId, draft.receiverId);
    const auto socketId = draft.fromSocket;
    scope_.messages().send(std::move(draft), [this, gathered, i, target, socketId](const Result<Message>& sent) {
      if (sent && !socketId.empty())
        scope_.sockets().toSocket(
            socketId, Emit("message:sent", Json(JsonObject{{"success", true}, {"message", sent.value().toJson()}})));
      gathered->put(i, resultOf(target, sent));
    });
  }
}

void Forwarding::forward(const EventCall& call, const Reply& reply) {
  const auto source = sourceFor(Fields(call.data()).id("messageId"), call.caller.userId);
  send(source, targetsOf(call.data(), call.caller),
       [reply](JsonArray results) { reply(Answer(Json(std::move(results)))); });
}

void Forwarding::forward(const HttpCall& call, const HttpReply& reply) {
  const auto& body = call.jsonBody();
  if (call.caller.userId.empty()) Fields::fail("userId", "is required");
  const auto source = sourceFor(call.param("messageId").value_or(""), call.caller.userId);
  send(source, targetsOf(body, call.caller),
       [reply](JsonArray results) { reply(HttpResponse::ok(Json(std::move(results)))); });
}

}  // namespace forwarding
