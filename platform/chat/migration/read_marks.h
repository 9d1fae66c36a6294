// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chat/migration/steps.h"
#include "chat/read_state.h"

#include <parley/chat.h>
#include <parley/store.h>

#include <cstdint>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace parley::chat::migration {

/// What the messages of one session say of who has read them, gathered in the order of `seq`. Memory: the participants,
/// and the stretches that they have read, of which at most some ten thousand are kept apart for each of them.
class ReadMarks {
 public:
  explicit ReadMarks(std::vector<std::string> participants);

  /// `readBy` and, of a private message, `status`. `below`: the messages before it that can be unread for a user.
  template <typename Below>
  void note(const Message& message, Below below) {
    for (const auto& mark : message.readBy) add(mark.userId, message, below(mark.userId));
    if (message.status == "read" && !message.receiverId.empty())
      add(message.receiverId, message, below(message.receiverId));
  }

  /// Adds them to the stored read states.
  void store(Store& store, const std::string& sessionId, Steps& steps) const;

 private:
  void add(const std::string& userId, const Message& message, std::int64_t below);

  std::unordered_set<std::string> participants_;
  std::unordered_map<std::string, std::vector<ReadRange>> ranges_;
};

}  // namespace parley::chat::migration
