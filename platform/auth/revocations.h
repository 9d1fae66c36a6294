// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/time.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <string>

namespace parley::auth {

/// Until when the server's own tokens of a user were taken back. [any thread]
class Revocations {
 public:
  /// Those that were issued up to then, that moment included.
  void add(const std::string& userId, Time upTo) {
    const std::lock_guard lock(mutex_);
    auto& known = upTo_[userId];
    known = std::max(known, upTo);
  }
  bool covers(const std::string& userId, Time issuedAt) const {
    const std::lock_guard lock(mutex_);
    const auto found = upTo_.find(userId);
    return found != upTo_.end() && issuedAt <= found->second;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Time> upTo_;
};

}  // namespace parley::auth
