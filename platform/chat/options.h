// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/time.h>

#include <cstddef>
#include <cstdint>

namespace parley::chat {

/// The limits of the chat rules.
struct ChatOptions {
  std::size_t maxContent = 16384;         ///< bytes of a message's `content`
  std::size_t maxWaitingMessages = 1024;  ///< of one session; more are refused with UNAVAILABLE
  std::size_t maxBatch = 256;             ///< messages of one session that are stored in one step
  std::size_t idleMailboxes = 4096;       ///< kept in memory; those of sessions at work come on top
  std::size_t cachedSessions = 16384;     ///< sessions whose participants are remembered
  std::size_t cachedMembers = 500000;     ///< participants of all these together
  std::int64_t sessionsPerUser = 10000;   ///< in which one who opens another may be already; 0: no limit
  std::size_t shownParticipants = 200;    ///< of a session that is not private, in the API's session object
  std::size_t maxWaitingChanges = 1024;   ///< changes of sessions whose hooks wait; more are refused with UNAVAILABLE
  std::size_t maxPendingMarks = 100000;   ///< marks of delivery, and of reading, that wait to be stored
  std::size_t maxReadRanges = 100;        ///< read out of order by one user in one session, that are remembered apart
  std::size_t readByMembers = 100;        ///< readers are not listed in larger groups
  std::size_t deliveredMembers = 100;     ///< in larger groups the sender is not told of each delivery
  Millis markDelay{200};                  ///< how long marks of delivery gather before they are stored
  Millis sendDeadline{15000};             ///< how long the waiting form of Messages::send waits
};

}  // namespace parley::chat
