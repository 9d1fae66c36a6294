// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "delivery/audience.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace parley::delivery {

/// Finds users' sockets, and keeps what it found for large groups, so that an event for one of them need not look up
/// each member as long as none comes or goes. Bounded by members and sockets together. [any thread]
class AudienceCache {
 public:
  explicit AudienceCache(const realtime::Registry& registry) : registry_(registry) {}

  /// The users' sockets in the namespace as they are now.
  SharedAudience of(const std::vector<std::string>& userIds, const std::string& nameSpace);
  /// The same, not kept.
  SharedAudience look(const std::vector<std::string>& userIds, const std::string& nameSpace) const;

 private:
  struct Found {
    SharedAudience audience;
    std::vector<std::uint16_t> places;  ///< of the users, see Registry::changesAt
    std::uint64_t changes = 0;          ///< at these places, before the sockets were looked up

    std::size_t size() const { return places.size() + audience->size(); }
  };
  using SharedFound = std::shared_ptr<const Found>;

  SharedFound find(const std::string& key);
  void keep(std::string key, SharedFound found);

  const realtime::Registry& registry_;
  std::mutex mutex_;
  std::unordered_map<std::string, SharedFound> kept_;  ///< by namespace and users
  std::size_t size_ = 0;                               ///< of all together
};

}  // namespace parley::delivery
