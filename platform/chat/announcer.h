// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chat/core.h"
#include "chat/session_service.h"

#include <parley/chat.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace parley::chat {

/// Brings stored messages to the participants, tells the sender what was delivered and keeps the marks of it: one per
/// user and session, as far as the newest delivered message. Marks of one pair that come while others are being stored
/// meet in one write. [any thread]
class Announcer : public std::enable_shared_from_this<Announcer> {
 public:
  Announcer(Core& core, SessionService& sessions);

  /// `message:receive` to the sockets but `fromSocket` of those who take part by now and may see it: whoever has joined
  /// since the message was admitted hears it too, else they could miss one between two that they hear. Where that
  /// cannot be told, `admitted` counts.
  void announce(const Message& message, const SharedMembers& admitted, const std::string& fromSocket);

 private:
  using Marks = std::map<std::pair<std::string, std::string>, std::int64_t>;  ///< session, user -> seq

  void delivered(const Message& message, const std::string& userId);
  void mark(const std::string& sessionId, const std::string& userId, std::int64_t seq);
  void storeMarks();

  Core& core_;
  SessionService& sessions_;
  std::mutex mutex_;
  Marks waiting_;
  bool storing_ = false;
};

}  // namespace parley::chat
