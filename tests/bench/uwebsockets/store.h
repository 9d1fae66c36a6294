// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace bench {

struct Session;

struct User {
  std::string id;
  std::string username;
  std::string realName;
  std::string avatar;
  std::string role;
  std::string status;
  Time lastSeen;
  std::vector<Session*> sessions;
  std::unordered_map<const User*, Session*> privateSessions;  ///< by the other user
};

struct Draft {
  std::string_view content;
  std::string_view messageType;
  std::string_view fileUrl;
  std::string_view fileName;
  std::int64_t fileSize = 0;
};

struct Reading {
  const User* user;
  Time at;
};

struct Message {
  std::string id;
  Session* session;
  std::size_t seq;
  const User* sender;
  const User* receiver;  ///< null in a group
  std::string content;
  std::string messageType;
  std::string fileUrl;
  std::string fileName;
  std::int64_t fileSize;
  bool read = false;  ///< by the receiver
  std::vector<Reading> readBy;
  Time createdAt;
};

struct Session {
  std::string id;
  std::string name;
  bool isGroup;
  std::unordered_map<const User*, std::size_t> places;  ///< of the participants in the lists below
  std::vector<User*> participants;
  std::vector<std::uint32_t> unread;
  std::vector<const Message*> messages;
};

/// All in memory, as node/memory_store.mjs has it. What it returns is its own and stays where it is.
class Store {
 public:
  Store();

  /// Made, nameless, when it is not known: a group may have members who have never come.
  User& user(std::string_view id);
  Session* session(std::string_view id);
  Message* message(std::string_view id);

  /// Of these two, and whether it was made now.
  std::pair<Session&, bool> privateSession(User& one, User& other);
  /// Whoever is named twice takes part once.
  Session& addGroup(std::string_view name, const std::vector<User*>& participants);
  const Message& addMessage(Session& session, const User& sender, const Draft& draft);
  /// When the user has read it.
  static Time markRead(Message& message, const User& user);

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  template <typename Value>
  using ById = std::unordered_map<std::string, Value, Hash, std::equal_to<>>;

  Session& addSession(bool isGroup, std::string_view name, const std::vector<User*>& participants);

  std::string messagePrefix_;  ///< of ids: what follows is the message's number
  std::string sessionPrefix_;
  ById<User> users_;
  ById<Session> sessions_;
  std::deque<Message> messages_;
};

Time now();

void write(Json& to, const User& user);
void write(Json& to, const Message& message);
/// A page of the newest messages (1), or of ones before them; the oldest of it comes first.
void writePage(Json& to, const Session* session, std::size_t page, std::size_t limit);
void writeUnread(Json& to, const User& user);

}  // namespace bench
