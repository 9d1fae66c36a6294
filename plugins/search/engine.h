// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "entry.h"
#include "query.h"

#include <parley/json.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace search {

struct Hit {
  std::string messageId;  ///< or, when that is empty, where it is:
  std::string sessionId;
  std::int64_t seq = 0;
};

struct Found {
  std::vector<Hit> hits;  ///< newest first
  std::int64_t total = 0;
};

/// What is looked for.
struct Search {
  std::string keyword;
  std::vector<Place> places;  ///< in the order of their session ids
  std::int64_t offset = 0;
  std::int64_t limit = 0;
};

/// What finds messages. Messages come from the Follower. [any thread unless tagged otherwise]
class Engine {
 public:
  virtual ~Engine() = default;

  /// Reads what there is. Once, before everything else.
  virtual void open() {}

  enum class Added {
    Known,  ///< this version of the message, or a later one, has come before
    News,
    NoRoom,  ///< too many wait: bring it again later
  };
  /// A message that is new or has changed; the same may come again, and an earlier version after a later one. [one
  /// thread at a time]
  [[nodiscard]] virtual Added add(Entry entry) = 0;
  virtual void forgetSession(const std::string& sessionId) = 0;
  virtual Found find(const Search& search) = 0;

  /// Does a part of what is to be done in the background; false when nothing is. Throws Error when it cannot be done
  /// now. [the indexing thread]
  virtual bool work(const std::stop_token& stop) = 0;
  /// Forgets everything. [the indexing thread]
  virtual void clear() = 0;

  struct State {
    std::string oldestPending;      ///< the lowest id of those that would have to come again after a crash
    std::int64_t oldestChange = 0;  ///< of those, when the earliest change was; 0: no change waits
    std::size_t pending = 0;
    std::int64_t indexed = 0;
    parley::JsonObject more;  ///< for the admin
  };
  virtual State state() = 0;
};

}  // namespace search
