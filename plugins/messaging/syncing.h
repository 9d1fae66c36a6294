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
  std::int64_t bytes = 262144;    ///< of messages, in one answer
};

/// Gives a client that was away what it has missed.
class Syncing {
 public:
  Syncing(parley::Scope& scope, SyncLimits limits) : scope_(scope), limits_(limits) {}

  parley::Answer sync(const parley::EventCall& call);

 private:
  std::map<std::string, std::int64_t> seenOf(const parley::Json& data) const;
  /// What is left of one answer; the last message may be larger.
  struct Room {
    std::int64_t messages;
    std::int64_t bytes;
  };
  /// The messages of one session above a `seq` that there is room for, written out; empty when nothing was missed.
  std::string missed(const std::string& sessionId, const parley::Caller& caller, std::int64_t after, std::int64_t limit,
                     Room& room);

  parley::Scope& scope_;
  SyncLimits limits_;
};

}  // namespace messaging
