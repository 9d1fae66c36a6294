// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/plugin.h>

#include <cstdint>
#include <map>
#include <string>

namespace messaging {

struct SyncLimits {
  std::int64_t sessions = 200;    ///< a client may list
  std::int64_t messages = 1000;   ///< of all sessions, in one answer
  std::int64_t perSession = 100;  ///< of one session, in one answer
  std::int64_t others = 200;      ///< sessions that are told of although the client did not list them
};

/// Gives a client that was away what it has missed.
class Syncing {
 public:
  Syncing(parley::Scope& scope, SyncLimits limits) : scope_(scope), limits_(limits) {}

  parley::Answer sync(const parley::EventCall& call);

 private:
  std::map<std::string, std::int64_t> seenOf(const parley::Json& data) const;
  /// The messages of one session above a `seq`.
  parley::JsonObject missed(const std::string& sessionId, const std::string& userId, std::int64_t after,
                            std::int64_t limit);

  parley::Scope& scope_;
  SyncLimits limits_;
};

}  // namespace messaging
