// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chat/core.h"

#include <parley/store.h>

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace parley::chat {

/// Writes of which only the newest of each key counts, and which nobody waits for. Those that come while others are
/// being stored meet in one write. [any thread]
class LatestWrites : public std::enable_shared_from_this<LatestWrites> {
 public:
  /// More than `maxWaiting` are dropped. `what` is for the log.
  LatestWrites(Core& core, std::string what, std::size_t maxWaiting);

  void put(const std::string& key, Write write);

 private:
  void store();

  Core& core_;
  const std::string what_;
  const std::size_t maxWaiting_;
  std::mutex mutex_;
  std::unordered_map<std::string, Write> waiting_;
  bool storing_ = false;
};

}  // namespace parley::chat
