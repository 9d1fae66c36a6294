// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "day_ends.h"

#include <parley/plugin.h>

#include <cstdint>
#include <string>
#include <vector>

namespace stats {

/// A user's figures: how many messages, in all and by day.
class Figures {
 public:
  Figures(parley::Scope& scope, std::int64_t maxDays) : scope_(scope), maxDays_(maxDays), dayEnds_(scope, maxDays) {}

  parley::HttpResponse show(const parley::HttpCall& call);
  void fillSome(std::int64_t sessions) { dayEnds_.fillSome(sessions); }

 private:
  struct Counts {
    std::int64_t sent = 0;
    std::int64_t received = 0;
  };
  /// The days asked for.
  struct Span {
    Day first;
    std::vector<Counts> days;
    Counts* at(Day day);
  };

  parley::JsonArray daily(const std::string& userId, std::int64_t days);
  void add(const std::string& userId, const SessionRow& session, std::int64_t firstSeq, const std::vector<DayEnd>& ends,
           Span& span);
  void subtractDeleted(const std::string& userId, const SessionRow& session, std::int64_t firstSeq, std::int64_t after,
                       Span& span);
  std::int64_t sentUpTo(const SessionRow& session, const std::string& userId, const DayEnd& end);
  std::int64_t hiddenCounted(const SessionRow& session, const std::string& userId, std::int64_t firstSeq);

  parley::Scope& scope_;
  std::int64_t maxDays_;
  DayEnds dayEnds_;
};

}  // namespace stats
