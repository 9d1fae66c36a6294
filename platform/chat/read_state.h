// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/chat.h>
#include <parley/store.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace parley::chat {

/// A stretch of messages. The counts are of messages that can be unread for the user: those of others, system messages
/// left out. They never change for a given `seq`, and so make the unread ones of any stretch a subtraction.
struct ReadRange {
  std::int64_t from = 0;
  std::int64_t to = 0;
  std::int64_t below = 0;    ///< counted messages before `from`
  std::int64_t counted = 0;  ///< counted messages up to `to`

  bool operator==(const ReadRange&) const = default;
};

/// When a stretch was read.
struct ReadEntry {
  std::int64_t from = 0;
  std::int64_t to = 0;
  Time readAt{};
};

/// What one user has read of one session: everything up to a mark, and ranges beyond it that were read out of order;
/// and when, as far as the newest entries go: older ones are in the log. Pure values: stored and read as one document.
class ReadState {
 public:
  ReadState() = default;
  explicit ReadState(const Document& document);

  /// A message that the user has read (or sent before the mark).
  bool has(std::int64_t seq) const;
  std::int64_t upTo() const { return upTo_; }
  /// Counted messages up to the mark.
  std::int64_t counted() const { return counted_; }
  /// Counted messages in the ranges beyond the mark.
  std::int64_t countedBeyond() const;
  std::int64_t deliveredUpTo() const { return deliveredUpTo_; }
  const std::vector<ReadEntry>& log() const { return log_; }
  /// The highest `seq` with an entry in the log.
  std::int64_t loggedTo() const { return loggedTo_; }
  std::int64_t revision() const { return revision_; }

  /// Documents of before have a mark without its count.
  bool needsCount() const { return needsCount_; }
  /// Moves the mark up, if it is below: nothing is read by that.
  void startAt(std::int64_t upTo, std::int64_t counted);

  /// Marks a stretch as read and returns what of it was not. Of more than `maxRanges` ranges the gap before the first
  /// is closed: what it left out counts as read then, and is returned as well.
  std::vector<Reads::Range> add(const ReadRange& range, Time now, std::size_t maxRanges);

  /// Marks stretches that were read before this server kept the time of it: without entries in the log, however many
  /// they are. False when nothing of them was unread.
  bool absorb(const std::vector<ReadRange>& ranges);

  /// The entries to be moved to the log: some of the oldest, once there are more than `maxEntries`.
  std::vector<ReadEntry> overflow(std::size_t maxEntries) const;
  void dropOverflow(std::size_t entries);

  /// What stores it, at the next revision.
  Update update() const;

 private:
  void normalise();
  void note(const Reads::Range& range, Time now);

  std::int64_t upTo_ = 0;
  std::int64_t counted_ = 0;
  std::vector<ReadRange> ranges_;  ///< ascending, apart, with a counted message in each gap
  std::vector<ReadEntry> log_;     ///< in the order of reading
  std::int64_t loggedTo_ = 0;
  std::int64_t deliveredUpTo_ = 0;
  std::int64_t revision_ = 0;
  bool needsCount_ = false;
};

}  // namespace parley::chat
