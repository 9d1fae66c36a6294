// SPDX-License-Identifier: Apache-2.0
#include "changes.h"

#include <algorithm>

using namespace parley;

namespace presence {

void Changes::know(const std::string& userId, const std::string& status) {
  const std::lock_guard lock(mutex_);
  if (status == "offline") {
    known_.erase(userId);
  } else {
    known_[userId] = status;
  }
}

bool Changes::add(const Change& change, Instant now) {
  const bool isOffline = change.status == "offline";
  Place place{isOffline ? now + offlineDelay_ : now, 0};
  const std::lock_guard lock(mutex_);
  const auto waits = places_.find(change.userId);
  const bool waited = waits != places_.end();
  if (waited) {
    place.first = std::min(place.first, waits->second.first);
    waiting_.erase(waits->second);
    places_.erase(waits);
  }
  const auto known = known_.find(change.userId);
  // Who came and went again is told to be gone: clients may know more than a server that was started just now.
  if (known == known_.end() ? isOffline && !waited : known->second == change.status) return true;
  if (waiting_.size() >= capacity_) return false;
  place.second = ++arrived_;
  waiting_.emplace(place, change);
  places_.emplace(change.userId, place);
  return true;
}

std::optional<Changes::Change> Changes::next(Instant now) {
  std::optional<Change> change;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty() || waiting_.begin()->first.first > now) return std::nullopt;
    change = std::move(waiting_.extract(waiting_.begin()).mapped());
    places_.erase(change->userId);
  }
  know(change->userId, change->status);
  return change;
}

}  // namespace presence
