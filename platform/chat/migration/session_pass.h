// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chat/migration/steps.h"

#include <parley/store.h>
#include <parley/time.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace parley::chat::migration {

/// The sessions that have not been through this pass, nor been made by this server.
Filter sessionsFromBefore();

/// Gives the sessions of before their members, groups an owner (the first participant who is among the users), and
/// private sessions the key of their pair. When a pair has two sessions, the one that was used last gets the key, and
/// so the messages that name no session; the others stay as readable as they were.
class SessionPass {
 public:
  SessionPass(Store& store, Steps& steps) : store_(store), steps_(steps) {}

  /// All sessions behind that `_id`, in its order.
  void run(std::string after);

 private:
  /// What decides between the sessions of a pair.
  using Age = std::pair<Time, std::string>;
  struct Holder {
    std::string storedId;  ///< of the session that has the key now; empty: none has
    std::optional<Age> newest;
  };

  void takePage(const std::vector<Document>& page);
  void addMembers(const Document& session, const std::string& ownerId);
  std::map<std::string, std::string> decidePairs(const std::vector<Document>& sessions);
  std::string ownerOf(const Document& session);
  static Age ageOf(const Document& session);

  Store& store_;
  Steps& steps_;
};

}  // namespace parley::chat::migration
