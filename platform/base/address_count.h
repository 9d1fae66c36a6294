// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <unordered_map>

namespace parley::base {

/// How many of something each address has. [any thread]
class AddressCount {
 public:
  /// Counts one more; false when the address has `limit` already (0: no limit).
  [[nodiscard]] bool enter(const std::string& address, std::size_t limit) {
    const std::lock_guard lock(mutex_);
    auto& here = counts_[address];
    if (limit != 0 && here >= limit) return false;
    ++here;
    return true;
  }

  /// Of one that has entered.
  void leave(const std::string& address) {
    const std::lock_guard lock(mutex_);
    const auto found = counts_.find(address);
    if (--found->second == 0) counts_.erase(found);
  }

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, std::size_t> counts_;
};

}  // namespace parley::base
