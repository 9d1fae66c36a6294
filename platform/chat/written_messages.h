// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/store.h>

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace parley::chat {

/// All messages that a user has sent, also to sessions that they have left: session by session, each in the order of
/// `seq`, deleted ones too. The private sessions of a user are read whole. Which others these are is asked of the index
/// by session and sender, for some hundred sessions at once, so that no message pays for an index by sender alone.
/// [worker]
class WrittenMessages {
 public:
  /// The store outlives it.
  WrittenMessages(Store& store, std::string userId);

  /// The next ones, at most `limit`; perhaps none, since each call does a part of the search. False at the end.
  bool next(std::int64_t limit, std::vector<Document>& messages);

 private:
  /// A session with messages of the user.
  struct Found {
    std::string id;
    bool isOwn = false;  ///< a private one of the user
  };
  bool findSessions();
  std::vector<Document> read(const Found& session, std::int64_t limit);

  Store& store_;
  const std::string userId_;
  std::string searchedTo_;  ///< all sessions up to this id
  std::deque<Found> found_;
  std::int64_t readTo_ = 0;  ///< of the first of them: `seq`
};

}  // namespace parley::chat
