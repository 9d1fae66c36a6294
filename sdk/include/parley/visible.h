// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/chat.h>
#include <parley/error.h>

#include <optional>
#include <string>
#include <utility>

namespace parley {

/// The message that a call names, for a user who may see it: no Access checks that. FORBIDDEN when the user is not in
/// its session; NOT_FOUND when there is none, it was deleted, or it was sent before the user came. [worker]
inline Message visibleMessage(Messages& messages, Sessions& sessions, const std::string& messageId,
                              const std::string& userId) {
  auto message = messages.find(messageId);
  const auto first = message ? sessions.visibleFrom(message->sessionId, userId) : std::nullopt;
  if (message && !first) throw Error(ErrorCode::Forbidden, "not a participant of the message's session");
  if (!message || message->seq < *first) throw Error(ErrorCode::NotFound, "no such message");
  return *std::move(message);
}

}  // namespace parley
