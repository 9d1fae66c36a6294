// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chat/written_messages.h"

#include <parley/json.h>
#include <parley/store.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace parley::chat {

/// What this room holds about a user, in parts that are small however much it is. [worker]
class UserExport {
 public:
  /// The store outlives it.
  UserExport(Store& store, std::string userId);

  /// As it is stored, but for the password; null when there is none.
  Json profile();

  // The next items, perhaps none; nothing at the end.
  /// {sessionId, sessionType, sessionName, role, joinedAt, visibleFrom?, mutedUntil?}
  std::optional<JsonArray> sessions();
  /// {sessionId, deliveredUpTo?, upTo?, …, log: [{from, to, readAt}]}; of a long log the rest follows in items of
  /// {sessionId, log}
  std::optional<JsonArray> readStates();
  /// As the API shows a message, without its readers.
  std::optional<JsonArray> messages();

 private:
  std::vector<Document> page(const char* collection, std::string& readTo);
  JsonObject nextOfState();

  Store& store_;
  const std::string userId_;
  std::string sessionsTo_;
  std::string statesTo_;
  std::deque<Document> states_;  ///< still to be given, the first perhaps in part
  std::int64_t loggedTo_ = 0;    ///< of the first: `to` of the last log entry that was given
  WrittenMessages written_;
};

}  // namespace parley::chat
