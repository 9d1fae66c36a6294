// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/plugin.h>

#include <cstdint>

namespace messaging {

/// Shows what was written: a session's messages, a user's sessions.
class History {
 public:
  History(parley::Scope& scope, std::int64_t historyPageSize, std::int64_t sessionsPageSize)
      : scope_(scope), historyPageSize_(historyPageSize), sessionsPageSize_(sessionsPageSize) {}

  parley::Answer messages(const parley::EventCall& call);
  parley::HttpResponse messages(const parley::HttpCall& call);
  parley::HttpResponse sessions(const parley::HttpCall& call);

 private:
  parley::Messages::WrittenHistory find(const parley::Messages::HistoryQuery& query);

  parley::Scope& scope_;
  std::int64_t historyPageSize_;
  std::int64_t sessionsPageSize_;
};

}  // namespace messaging
