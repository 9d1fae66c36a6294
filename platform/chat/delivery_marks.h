// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chat/core.h"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace parley::chat {

/// How far the messages of a session were delivered to a user. Stored a little later, so that the marks of one pair
/// that come meanwhile are one write; a crash loses those, and the messages show as sent until the next is delivered.
/// [any thread]
class DeliveryMarks : public std::enable_shared_from_this<DeliveryMarks> {
 public:
  explicit DeliveryMarks(Core& core) : core_(core) {}

  void note(const std::string& sessionId, const std::string& userId, std::int64_t seq);
  /// The highest `seq` that is noted and may not be in the store yet; 0 for none.
  std::int64_t pending(const std::string& sessionId, const std::string& userId) const;
  /// Stores some of what waits, unless some are being stored; false when there is nothing to store.
  bool flush();

 private:
  using Marks = std::map<std::pair<std::string, std::string>, std::int64_t>;  ///< session, user -> seq

  void storeLater();
  void stored(const Result<WriteSummary>& result);

  Core& core_;
  mutable std::mutex mutex_;
  Marks waiting_;
  Marks storing_;
  bool scheduled_ = false;
};

}  // namespace parley::chat
