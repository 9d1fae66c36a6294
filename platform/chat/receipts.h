// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chat/core.h"
#include "chat/delivery_marks.h"
#include "chat/read_state.h"

#include <parley/chat.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace parley::chat {

/// Who has got and read a message. The views are its owner's.
struct Receipt {
  std::string_view sessionId;
  std::int64_t seq = 0;
  std::string_view senderId;
  std::string_view receiverId;  ///< empty in a group
  std::string_view status;
  std::vector<ReadMark> readBy;
};

/// Fills in what the read states and their log know of messages: `readBy`, and the `status` of private ones. The
/// members of a group are asked for by its id; those of a group larger than ChatOptions::readByMembers are not listed.
/// One query for the states of all, and one per reader whose log reaches back that far.
void fillReceipts(Core& core, const DeliveryMarks& marks,
                  const std::function<std::vector<std::string>(const std::string& sessionId)>& membersOf,
                  std::vector<Receipt>& receipts);

/// When the user has read what lies between two `seq`, as far as it was noted, in no order.
std::vector<ReadEntry> readEntries(Store& store, const std::string& sessionId, const std::string& userId,
                                   const ReadState& state, std::int64_t from, std::int64_t to);

}  // namespace parley::chat
