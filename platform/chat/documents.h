// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/chat.h>
#include <parley/store.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parley::chat {

/// Members of stored documents; empty, zero or nothing when absent or of another type.
std::string stringOf(const Document& document, std::string_view name);
std::int64_t integerOf(const Document& document, std::string_view name);
std::optional<Time> timeOf(const Document& document, std::string_view name);

/// A user without the live status.
User toUser(const Document& document);
Session toSession(const Document& document);
Message toMessage(const Document& document);
/// As stored, but for what the mailbox adds: `senderSeq`.
Document toDocument(const Message& message);
/// What the mailbox decides, on both forms of the message.
void stamp(Message& message, Document& document, std::int64_t seq, std::int64_t senderSeq, Time now);

/// Sets `status` to "delivered" where the receiver's mark covers the message: one query for all.
void deriveStatus(Store& store, std::vector<Message>& messages);

/// The highest `seq` of a session, 0 before its first message: O(log n).
std::int64_t highestSeq(Store& store, const std::string& sessionId);
/// How many messages with `seq` up to `upTo` (nothing: all) a user has sent to a session: O(log n).
std::int64_t sentBy(Store& store, const std::string& sessionId, const std::string& userId,
                    std::optional<std::int64_t> upTo = std::nullopt);

}  // namespace parley::chat
