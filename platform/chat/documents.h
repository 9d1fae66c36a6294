// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/managed_store.h"

#include <parley/chat.h>
#include <parley/store.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parley::chat {

std::string stringOf(const Document& document, std::string_view name);

/// A user without the live status.
User toUser(const Document& document);
/// The session's `participants`, as they are stored.
std::vector<std::string> participantsOf(const Document& document);
/// Those of a private session's participants who have been erased.
std::vector<std::string> goneFrom(const Document& document);
Session toSession(const Document& document);
Message toMessage(const Document& document);
/// A message's `readBy`, as it is stored.
std::vector<ReadMark> readMarksIn(const Json& list);

/// As stored, but for what the mailbox adds: its Stamp. `author`: who wrote what it is a copy of; empty for what is
/// none.
Document toDocument(const Message& message, const std::string& author = {});

/// Whether the server itself says it, in the name of its sender ("joined the group"). Such messages are counted apart.
bool isSystem(const Message& message);

/// Where a message stands in its session. The counts make the messages of a sender, or all but those, between any two
/// places a matter of subtraction. System messages are none of a sender's.
///
/// The newest message of a sender is found through an index of those that have a `senderSeq`. A message between the two
/// users of a private session tells of both, and need not be in it: it has `pairSeq` in place of `senderSeq`.
struct Stamp {
  std::int64_t seq = 0;
  std::int64_t senderSeq = 0;  ///< messages of this sender up to here
  std::int64_t systemSeq = 0;  ///< system messages up to here; not stored while it is 0
  Time time{};
  std::optional<std::int64_t> receiverSeq = std::nullopt;  ///< between two: messages of the receiver up to here
  std::optional<std::int64_t> otherSeq = std::nullopt;     ///< where the sender is neither of the two: of the other
};
/// What is stored as `senderSeq` or `pairSeq`.
std::int64_t senderSeqOf(const Document& message);
/// What the mailbox decides, on both forms of the message.
void stamp(Message& message, Document& document, const Stamp& stamp);

/// Messages that are shown: not deleted.
Filter notDeleted();

/// The newest message of a session with `seq` up to `upTo` (nothing: of all), deleted or not: O(log n).
std::optional<Document> newestMessage(Store& store, const std::string& sessionId,
                                      std::optional<std::int64_t> upTo = std::nullopt);
/// The newest that was not deleted: O(deletions above it).
std::optional<Document> newestShown(Store& store, const std::string& sessionId);
/// The highest `seq`, 0 before the first message.
std::int64_t highestSeq(storage::ManagedStore& store, const std::string& sessionId);
/// How many messages a user has sent to a session up to this one, system messages left out: O(log n).
std::int64_t sentUpTo(Store& store, const Document& message, const std::string& userId);
/// The same up to `seq`, for a session that is not private.
std::int64_t sentToGroup(Store& store, const std::string& sessionId, const std::string& userId, std::int64_t seq);

/// Changes the read state of a user in a session, or makes it; `unchanged`: only while it is so.
Write upsertReadState(const std::string& sessionId, const std::string& userId, Update update, Filter unchanged = {});

}  // namespace parley::chat
