// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "entry.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>

namespace search {

/// The versions of the messages that came last, the newest of each. The owner locks.
class RecentVersions {
 public:
  /// Whether this version has come, or a later one.
  bool has(const Entry& entry) const {
    const auto known = byId_.find(entry.id);
    return known != byId_.end() && known->second >= entry.changedAt;
  }

  void note(const Entry& entry) {
    const auto [known, isNew] = byId_.try_emplace(entry.id, entry.changedAt);
    known->second = std::max(known->second, entry.changedAt);
    if (isNew) oldestFirst_.push_back(&known->first);
    if (oldestFirst_.size() <= most) return;
    byId_.erase(byId_.find(*oldestFirst_.front()));
    oldestFirst_.pop_front();
  }

  void clear() {
    oldestFirst_.clear();
    byId_.clear();
  }

 private:
  static constexpr std::size_t most = 8192;

  std::unordered_map<std::string, std::int64_t> byId_;  ///< `changedAt` of each
  std::deque<const std::string*> oldestFirst_;          ///< the keys of byId_
};

}  // namespace search
