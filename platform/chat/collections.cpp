// SPDX-License-Identifier: Apache-2.0
#include "chat/collections.h"

namespace parley::chat {

CollectionSpec messagesSpec() {
  return {
      .name = collections::messages,
      .idFields = {"sessionId", "sender", "receiver", "replyTo", "readBy.user", "author"},
      .dateFields = {"createdAt", "updatedAt", "changedAt", "readBy.readAt"},
      .indexes = {
          {.name = "messages_by_seq", .fields = {{"sessionId"}, {"seq"}}, .unique = true, .sparse = true},
          {.name = "messages_by_change", .fields = {{"changedAt"}}, .sparse = true},
          {.name = "deleted_messages", .fields = {{"sessionId"}, {"deletedSeq"}}, .sparse = true},
          {.name = "messages_by_sender", .fields = {{"sessionId"}, {"sender"}, {"seq"}, {"senderSeq"}}, .sparse = true},
          {.name = "one_per_client_message_id",
           .fields = {{"sessionId"}, {"sender"}, {"clientMessageId"}},
           .unique = true,
           .sparse = true},
          {.name = "copies_of_messages", .fields = {{"extra.forwardedFrom.messageId"}}, .sparse = true},
          {.name = "copies_by_author", .fields = {{"author"}}, .sparse = true}}};
}

std::vector<CollectionSpec> collectionSpecs() {
  return {{.name = collections::users,
           .idFields = {},
           .dateFields = {"lastSeen", "createdAt", "updatedAt"},
           .indexes = {{.name = "users_by_name", .fields = {{"username"}, {"_id"}}}}},
          {.name = collections::sessions,
           .idFields = {"participants", "gone", "ownerId", "lastMessage", "lastSender"},
           .dateFields = {"lastMessageTime", "createdAt", "updatedAt", "removedAt"},
           .indexes = {{.name = "one_session_per_pair", .fields = {{"pairKey"}}, .unique = true, .sparse = true},
                       {.name = "sessions_being_removed", .fields = {{"removedAt"}}, .sparse = true}}},
          messagesSpec(),
          {.name = collections::members,
           .idFields = {"sessionId", "userId"},
           .dateFields = {"joinedAt", "mutedUntil"},
           .indexes = {{.name = "members_by_session", .fields = {{"sessionId"}, {"userId"}}},
                       {.name = "sessions_by_member", .fields = {{"userId"}, {"sessionId"}}}}},
          {.name = collections::readStates,
           .idFields = {"sessionId", "userId"},
           .dateFields = {"log.readAt", "mutedUntil"},
           .indexes = {{.name = "read_states_by_user", .fields = {{"userId"}, {"sessionId"}}},
                       {.name = "read_states_by_session", .fields = {{"sessionId"}}}}},
          {.name = collections::erasedUsers,
           .idFields = {},
           .dateFields = {"erasedAt"},
           .indexes = {{.name = "users_being_erased", .fields = {{"erasing"}}, .sparse = true}}},
          {.name = collections::dataHolders, .idFields = {}, .dateFields = {"since"}, .indexes = {}},
          {.name = collections::readLog,
           .idFields = {"sessionId", "userId"},
           .dateFields = {"readAt"},
           .indexes = {{.name = "read_log_by_seq", .fields = {{"sessionId"}, {"userId"}, {"to"}}}}}};
}

}  // namespace parley::chat
