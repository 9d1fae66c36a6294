// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chat/core.h"

#include <parley/chat.h>
#include <parley/store.h>

#include <string>

namespace parley::chat {

/// Removes what belongs to sessions that are gone: their messages, read states and members, the session itself last, a
/// part at a time, on the workers. Interrupted by the end of the process, it is taken up by the next one.
class SessionRemoval {
 public:
  explicit SessionRemoval(Core& core) : core_(core) {}

  /// For a session that is marked as gone and into which no message is on its way any more. [any thread]
  void start(const std::string& sessionId);
  /// All that are marked. [any thread]
  void resume();

 private:
  void tell(const std::string& sessionId);
  void removeSome(const std::string& sessionId);
  std::size_t removeMessages(const Filter& ofSession);
  std::size_t removeMembers(const Filter& ofSession);
  void later(void (SessionRemoval::*step)(const std::string&), const std::string& sessionId);

  Core& core_;
};

}  // namespace parley::chat
