// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chat/core.h"

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
  explicit Announcer(Core& core);

  /// `message:receive` to the participants' sockets but `fromSocket`.
  void announce(const Message& message, const std::vector<std::string>& participants, const std::string& fromSocket);

 private:
  using Marks = std::map<std::pair<std::string, std::string>, std::int64_t>;  ///< session, user -> seq

  void delivered(const Message& message, const std::string& userId);
  void mark(const std::string& sessionId, const std::string& userId, std::int64_t seq);
  void storeMarks();

  Core& core_;
  std::mutex mutex_;
  Marks waiting_;
  bool storing_ = false;
};

}  // namespace parley::chat
