// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/plugin.h>

#include <mutex>
#include <string>
#include <unordered_map>

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
  std::string known(const std::string& pair);
  bool isParticipant(const std::string& sessionId, const std::string& userId);
  std::string openKnown(const std::string& userId1, const std::string& userId2);

  parley::Scope& scope_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::string> known_;  ///< "low|high" of two users to the session's id
};

}  // namespace private_chat
