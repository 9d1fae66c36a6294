// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/plugin.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace stats {

/// A day in UTC, since the epoch.
using Day = std::int64_t;

Day dayOf(parley::Time time);
/// `2024-01-01`
std::string dateOf(Day day);

/// Messages of a message's sender up to it, but for system messages.
std::int64_t senderSeqOf(const parley::Document& message);

/// The last message of a session on some day, and what is counted up to it. Never changes once the day is over, since
/// times do not go back inside a session.
struct DayEnd {
  Day day = 0;
  std::int64_t seq = 0;
  std::int64_t systemSeq = 0;
  std::string sender;
  std::int64_t senderSeq = 0;  ///< messages of that sender up to here, but for system messages
};

/// A session as its stored document tells.
struct SessionRow {
  explicit SessionRow(const parley::Document& document);

  std::string id;
  bool isPrivate = false;
  bool hasOtherSenders = false;     ///< others than the two have written in it
  DayEnd newest;                    ///< of all messages
  std::int64_t lastDeletedSeq = 0;  ///< 0: none was deleted
};

/// Knows with which message each day of each session has ended: looked up by halving, O(log n) for each day, and kept
/// in a collection of the plugin's own. Lost records are found again.
class DayEnds {
 public:
  static parley::CollectionSpec collection();

  DayEnds(parley::Scope& scope, std::int64_t maxDays) : scope_(scope), maxDays_(maxDays) {}

  /// For each session its day ends, ascending, the newest message's included; days without a message have none. The
  /// first may be of a day before `maxDays`.
  std::map<std::string, std::vector<DayEnd>> of(const std::vector<SessionRow>& sessions);

  /// Looks up the next few sessions; for a timer.
  void fillSome(std::int64_t sessions);

 private:
  struct Record {
    Day through = 0;  ///< the days up to here are complete
    std::vector<DayEnd> ends;
  };

  bool extend(const SessionRow& session, Record& record, Day through);
  void halve(const std::string& sessionId, const DayEnd& low, const DayEnd& high, Day oldest,
             std::vector<DayEnd>& ends);
  std::optional<DayEnd> messageAt(const std::string& sessionId, std::int64_t seq);
  parley::Write writeOf(const std::string& sessionId, const Record& record) const;

  parley::Scope& scope_;
  std::int64_t maxDays_;
  std::string filledTo_;  ///< the id of the last session that was looked up; of the timer alone
  Day filledDay_ = 0;     ///< the day for which all were
};

}  // namespace stats
