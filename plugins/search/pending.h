// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "entry.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace search {

/// The messages that wait to be indexed, each in its newest version: those that came since, and those that are being
/// indexed right now. Bounded. The owner locks.
class Pending {
 public:
  Pending(std::size_t maxMessages, std::size_t maxBytes) : maxMessages_(maxMessages), maxBytes_(maxBytes) {}

  /// A later version replaces an earlier one, never the other way round. False when it is full: the message is not in
  /// it then.
  [[nodiscard]] bool add(SharedEntry entry);
  /// Begins to index the oldest ones; what was taken before must have been settled.
  std::vector<SharedEntry> take(std::size_t most);
  /// What was taken is indexed.
  void settle() { taken_.clear(); }
  /// What was taken could not be indexed and waits again.
  void putBack();
  void dropSession(const std::string& sessionId);
  void clear();

  /// Whether what was taken is still the newest version of the message.
  bool isCurrent(const SharedEntry& taken) const;
  bool has(std::string_view messageId) const;
  std::vector<SharedEntry> all() const;
  /// The lowest id; empty when nothing waits.
  std::string lowestId() const;
  /// The earliest `changedAt`; 0 when nothing waits that has changed.
  std::int64_t oldestChange() const;
  std::size_t size() const { return waiting_.size() + taken_.size(); }
  std::size_t waiting() const { return waiting_.size(); }
  std::size_t bytes() const { return bytes_; }

 private:
  void reindex();

  const std::size_t maxMessages_;
  const std::size_t maxBytes_;
  std::vector<SharedEntry> waiting_;
  std::unordered_map<std::string_view, std::size_t> byId_;  ///< of waiting_; the keys are the entries' own
  std::unordered_map<std::string_view, SharedEntry> taken_;
  std::size_t bytes_ = 0;  ///< of waiting_
};

}  // namespace search
