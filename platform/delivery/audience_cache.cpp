// SPDX-License-Identifier: Apache-2.0
#include "delivery/audience_cache.h"

#include <utility>

namespace parley::delivery {

namespace {

constexpr std::size_t largeGroup = 32;
constexpr std::size_t maxSize = 100'000;

std::string keyOf(const std::vector<std::string>& userIds, const std::string& nameSpace) {
  std::string key;
  key.reserve((userIds.size() + 1) * 32);
  const auto add = [&key](const std::string& text) {
    const auto size = text.size();
    key.append(reinterpret_cast<const char*>(&size), sizeof size).append(text);
  };
  add(nameSpace);
  for (const auto& userId : userIds) add(userId);
  return key;
}

}  // namespace

SharedAudience AudienceCache::of(const std::vector<std::string>& userIds, const std::string& nameSpace) {
  if (userIds.size() < largeGroup) return look(userIds, nameSpace);
  auto key = keyOf(userIds, nameSpace);
  const auto known = find(key);
  if (known && registry_.changesAt(known->places) == known->changes) return known->audience;
  const auto found = std::make_shared<Found>();
  for (const auto& userId : userIds) found->places.push_back(registry_.placeOf(userId));
  found->changes = registry_.changesAt(found->places);
  found->audience = look(userIds, nameSpace);
  keep(std::move(key), found);
  return found->audience;
}

SharedAudience AudienceCache::look(const std::vector<std::string>& userIds, const std::string& nameSpace) const {
  std::vector<realtime::SocketPtr> sockets;
  for (const auto& userId : userIds) registry_.collectUser(userId, nameSpace, sockets);
  return std::make_shared<const Audience>(std::move(sockets));
}

AudienceCache::SharedFound AudienceCache::find(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto known = kept_.find(key);
  return known == kept_.end() ? nullptr : known->second;
}

/// When there is no room, all others go: those that are needed come back.
void AudienceCache::keep(std::string key, SharedFound found) {
  decltype(kept_) dropped;  // freed without the lock
  const auto size = found->size();
  if (size > maxSize) return;
  const std::lock_guard lock(mutex_);
  if (size_ + size > maxSize) {
    dropped.swap(kept_);
    size_ = 0;
  }
  auto& place = kept_[std::move(key)];
  if (place) size_ -= place->size();
  size_ += size;
  place.swap(found);
}

}  // namespace parley::delivery
