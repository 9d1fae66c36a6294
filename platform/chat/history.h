// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/managed_store.h"

#include <parley/chat.h>
#include <parley/store.h>

#include <cstdint>

namespace parley::chat {

/// A page of a session's messages, as they are stored, from `firstSeq` on; see Messages::history.
Messages::History readHistory(storage::ManagedStore& store, const Messages::HistoryQuery& query, std::int64_t firstSeq);

/// How many messages with `seq` from `from` to `to` were deleted: O(deletions).
std::int64_t deletedBetween(Store& store, const std::string& sessionId, std::int64_t from, std::int64_t to);

}  // namespace parley::chat
