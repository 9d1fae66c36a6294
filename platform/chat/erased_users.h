// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chat/lease.h"

#include <parley/store.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <unordered_set>
#include <vector>

namespace parley::chat {

/// Who has been erased, or is being: all of them, in memory, since every call may ask. [any thread]
class ErasedUsers {
 public:
  /// Reads who has been erased before.
  void load(Store& store);

  /// Quick.
  bool contains(const std::string& userId) const;
  /// Throw FORBIDDEN for such a user, or when one of them is.
  void refuse(const std::string& userId) const;
  void refuse(const std::vector<std::string>& userIds) const;
  void add(const std::string& userId);

  /// To be held from before `refuse` until what is made for the users (a session, a place in one, a device) is there.
  std::shared_ptr<const Lease> visit() const;
  /// `then` is called, on any thread, once every visit that began before is over.
  void afterVisits(std::function<void()> then);

 private:
  mutable std::shared_mutex mutex_;
  std::unordered_set<std::string> userIds_;
  std::atomic<bool> any_{false};
  mutable std::mutex visits_;
  std::shared_ptr<Lease> current_ = std::make_shared<Lease>();
};

}  // namespace parley::chat
