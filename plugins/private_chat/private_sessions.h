// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/plugin.h>

namespace private_chat {

/// Conversations of two users.
class PrivateSessions {
 public:
  explicit PrivateSessions(parley::Scope& scope) : scope_(scope) {}

  parley::HttpResponse open(const parley::HttpCall& call);
  /// The service: {userId1, userId2} to {sessionId}.
  parley::Json open(const parley::Json& users);
  void announce(const parley::Session& session);

 private:
  parley::Scope& scope_;
};

}  // namespace private_chat
