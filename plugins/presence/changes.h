// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/hooks.h>
#include <parley/time.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace presence {

/// The changes of status that the others have not been told yet, at most one per user: the newest one, and none for a
/// user who is again as the others know them; who came and went is told to be gone. [any thread]
class Changes {
 public:
  using Change = parley::hooks::PresenceChanged::Change;

  /// "offline" waits for `offlineDelay`, since many who go come back at once. At most `capacity` users wait.
  Changes(parley::Millis offlineDelay, std::size_t capacity) : offlineDelay_(offlineDelay), capacity_(capacity) {}

  /// The others know this status already.
  void know(const std::string& userId, const std::string& status);
  /// False when too many wait; the change is dropped then.
  bool add(const Change& change, parley::Instant now);
  /// The one that has waited longest among those whose time has come; the others know it then.
  std::optional<Change> next(parley::Instant now);

 private:
  using Place = std::pair<parley::Instant, std::uint64_t>;  ///< when it may be told, and the order of arrival

  const parley::Millis offlineDelay_;
  const std::size_t capacity_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::string> known_;  ///< by user, but for those who are offline
  std::map<Place, Change> waiting_;
  std::unordered_map<std::string, Place> places_;  ///< by user
  std::uint64_t arrived_ = 0;
};

}  // namespace presence
