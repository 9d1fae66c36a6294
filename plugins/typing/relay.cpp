// SPDX-License-Identifier: Apache-2.0
#include "relay.h"

#include <algorithm>

using namespace parley;

namespace typing {

namespace {

JsonObject shown(const std::string& sessionId, const std::string& userId, const std::string& receiverId) {
  JsonObject json{{"sessionId", sessionId}, {"userId", userId}};
  if (!receiverId.empty()) json["receiverId"] = receiverId;
  return json;
}

}  // namespace

Relay::Typing Relay::typingOf(const EventCall& call) const {
  const Fields fields(call.data());
  return {fields.id("sessionId"), call.caller.userId, fields.optionalId("receiverId").value_or(""),
          call.caller.socketId, scope_.clock().steady() + settings_.timeout};
}

std::vector<std::string> Relay::listenersOf(const Typing& typing) {
  if (!typing.receiverId.empty()) {
    if (typing.receiverId == typing.userId) Fields::fail("receiverId", "must be another user");
    if (!scope_.sessions().isParticipant(typing.sessionId, typing.receiverId))
      Fields::fail("receiverId", "must be a participant of the session");
    return {typing.receiverId};
  }
  auto others = scope_.sessions().participantsOf(typing.sessionId);
  if (others.size() > settings_.maxMembers) return {};
  std::erase(others, typing.userId);
  return others;
}

void Relay::tell(const char* event, const Typing& typing, std::vector<std::string> listeners) {
  if (listeners.empty()) return;
  Emit emit(event, Json(shown(typing.sessionId, typing.userId, typing.receiverId)));
  emit.isVolatile = true;
  scope_.sockets().toUsers(listeners, std::move(emit));
}

Answer Relay::start(const EventCall& call) {
  const auto typing = typingOf(call);
  auto listeners = listenersOf(typing);
  {
    const std::lock_guard lock(mutex_);
    const auto key = keyOf(typing);
    if (typing_.size() >= settings_.maxTyping && !typing_.contains(key))
      throw Error(ErrorCode::RateLimited, "too many users are typing");
    typing_[key] = typing;
  }
  tell("typing:start", typing, std::move(listeners));
  return Answer(Json(shown(typing.sessionId, typing.userId, typing.receiverId)));
}

Answer Relay::stop(const EventCall& call) {
  const auto typing = typingOf(call);
  auto listeners = listenersOf(typing);
  bool wasTyping = false;
  {
    const std::lock_guard lock(mutex_);
    wasTyping = typing_.erase(keyOf(typing)) > 0;
  }
  if (wasTyping) tell("typing:stop", typing, std::move(listeners));
  return Answer(Json(shown(typing.sessionId, typing.userId, typing.receiverId)));
}

void Relay::sweep() {
  std::vector<Typing> all;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, typing] : typing_) all.push_back(typing);
  }
  const auto now = scope_.clock().steady();
  for (const auto& typing : all) {
    const auto sockets = scope_.sockets().socketsOf(typing.userId);
    const bool isHere = std::find(sockets.begin(), sockets.end(), typing.socketId) != sockets.end();
    if (isHere && now < typing.until) continue;
    {
      // Unless it was renewed or stopped meanwhile.
      const std::lock_guard lock(mutex_);
      const auto at = typing_.find(keyOf(typing));
      if (at == typing_.end() || at->second.until != typing.until || at->second.socketId != typing.socketId) continue;
      typing_.erase(at);
    }
    try {
      tell("typing:stop", typing, listenersOf(typing));
    } catch (const Error& error) {
      scope_.log().debug("nobody is told that " + typing.userId + " stopped typing: " + error.detail());
    }
  }
}

}  // namespace typing
