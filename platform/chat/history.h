// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chat/message_text.h"
#include "storage/managed_store.h"

#include <parley/chat.h>
#include <parley/store.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <vector>

namespace parley::chat {

/// A page of a session's messages, as they are stored; see Messages::History.
struct StoredPage {
  std::vector<StoredMessage> messages;
  Pagination pagination;
  std::size_t bytes = 0;                                       ///< of all texts
  std::unique_ptr<std::pmr::monotonic_buffer_resource> texts;  ///< where the messages have theirs
};

/// From `firstSeq` on; see Messages::history.
StoredPage readHistory(storage::ManagedStore& store, const Messages::HistoryQuery& query, std::int64_t firstSeq);

/// How many messages with `seq` from `from` to `to` were deleted: O(deletions).
std::int64_t deletedBetween(Store& store, const std::string& sessionId, std::int64_t from, std::int64_t to);

}  // namespace parley::chat
