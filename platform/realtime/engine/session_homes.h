// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/address_count.h"
#include "realtime/engine/session_base.h"

#include <memory>
#include <string>
#include <vector>

namespace parley::realtime {

/// The sessions of one endpoint on all loops.
class SessionHomes {
 public:
  SessionHomes(const SessionOptions& options, net::EventLoops& loops);

  /// [any thread], as the members of the home are not.
  SessionHome& at(std::size_t loopIndex) { return *homes_[loopIndex]; }
  /// The home that a session id names, so that a session is found without a lock; null when it cannot be one of ours.
  /// [any thread]
  SessionHome* homeOf(std::string_view sessionId);
  /// 18 random bytes in base64url, and the index of the loop. [any thread]
  static std::string newId(const SessionHome& home);

  /// Counts one session in; false when there are too many or the end has begun. The session counts itself out. [any
  /// thread]
  [[nodiscard]] bool admit();
  /// The same for a session that begins by polling, which holds no connection that would be counted: what this returns
  /// is its place among those of its address; null when there are too many. [any thread]
  std::shared_ptr<void> admitPolling(const std::string& address);
  std::size_t count() const { return counts_.open.load(std::memory_order_relaxed); }
  /// [any thread]
  const SessionCounts& counts() const { return counts_; }
  /// Admits no more and closes all there are, each on its loop. [any thread]
  void closeAll(const std::string& reason);

 private:
  SessionOptions options_;
  SessionCounts counts_;
  const std::shared_ptr<base::AddressCount> polling_ = std::make_shared<base::AddressCount>();
  std::atomic<bool> closing_ = false;
  std::vector<std::unique_ptr<SessionHome>> homes_;
};

}  // namespace parley::realtime
