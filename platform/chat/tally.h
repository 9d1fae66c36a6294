// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/chat.h>
#include <parley/store.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace parley::chat {

/// The messages of a session for one user, the deleted and the system messages left out.
struct Tally {
  std::int64_t sent = 0;      ///< by the user
  std::int64_t received = 0;  ///< by others, visible to the user
  std::int64_t unread = 0;    ///< of those received
};

/// How much is counted: `unread` alone costs nothing more for a session without news.
enum class Count { Unread, All };

/// By session. Three queries for all, and in each group (with news, when only that is asked for) one O(log n) more;
/// where messages were deleted, O(deletions) more.
std::map<std::string, Tally> tally(Store& store, const std::string& userId, const std::vector<Sessions::Place>& places,
                                   Count count);

/// How many messages of others than the user there are up to a `seq`, system messages left out: O(log n). It never
/// changes.
std::int64_t countedUpTo(Store& store, const std::string& sessionId, const std::string& userId, std::int64_t seq);

}  // namespace parley::chat
