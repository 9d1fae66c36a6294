// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chat/core.h"
#include "chat/delivery_marks.h"
#include "chat/session_service.h"

#include <parley/chat.h>

#include <cstdint>
#include <memory>
#include <string>

namespace parley::chat {

/// Brings stored messages to the participants, tells the sender what was delivered and notes it. [any thread]
class Announcer : public std::enable_shared_from_this<Announcer> {
 public:
  Announcer(Core& core, SessionService& sessions, std::shared_ptr<DeliveryMarks> marks);

  /// `message:receive` to the sockets but `fromSocket` of those who take part by now and may see it: whoever has joined
  /// since the message was admitted hears it too, else they could miss one between two that they hear. Where that
  /// cannot be told, `admitted` counts.
  void announce(const Message& message, const SharedMembers& admitted, const std::string& fromSocket);
  /// A device of the receiver's has fetched a private message, which had not been delivered.
  void fetched(const Message& message);

 private:
  /// What is told of a message when it was delivered.
  struct Sent {
    std::string id;
    std::string sessionId;
    std::string senderId;
    std::int64_t seq;
    bool isPrivate;
  };
  static Sent sentOf(const Message& message);
  void delivered(const Sent& message, const std::string& userId);

  Core& core_;
  SessionService& sessions_;
  const std::shared_ptr<DeliveryMarks> marks_;
};

}  // namespace parley::chat
