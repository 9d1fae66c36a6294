// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/chat.h>
#include <parley/store.h>

#include <string>
#include <vector>

namespace parley::chat {

/// The collections of this room: those that plugins may read, and its own.
namespace collections {
using namespace parley::collections;
/// {_id "session:user", sessionId, userId, role, visibleFrom?, mutedUntil?, joinedAt}
inline constexpr const char* members = "chatmembers";
/// {_id "session:user", sessionId, userId, deliveredUpTo, and what ReadState::update writes; mutedUntil? of one who
/// left while muted}
inline constexpr const char* readStates = "readstates";
/// {_id "session:user:from", sessionId, userId, from, to, readAt}: when a stretch of messages was read; those of one
/// user and session lie apart
inline constexpr const char* readLog = "readlog";
/// {_id, erasedAt, erasing?: true, failed?: [plugins], waiting?: [plugins]}: users who are no more, so that nobody
/// takes their ids
inline constexpr const char* erasedUsers = "erasedusers";
/// {_id, since}: plugins that have run here and hold something about users, also while they are off
inline constexpr const char* dataHolders = "dataholders";
}  // namespace collections

CollectionSpec messagesSpec();
/// All of them.
std::vector<CollectionSpec> collectionSpecs();

/// The `_id` of a member and of a read state.
inline std::string memberId(const std::string& sessionId, const std::string& userId) {
  return sessionId + ":" + userId;
}

}  // namespace parley::chat
