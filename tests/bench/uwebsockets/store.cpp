// SPDX-License-Identifier: Apache-2.0
#include "store.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <random>

namespace bench {

namespace {

std::string hex(std::uint32_t number) {
  char text[9];
  std::snprintf(text, sizeof text, "%08x", number);
  return text;
}

std::string randomPrefix() {
  std::random_device random;
  return hex(random()) + hex(random());
}

}  // namespace

Time now() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

Store::Store() : messagePrefix_(randomPrefix()), sessionPrefix_(randomPrefix()) {}

User& Store::user(std::string_view id) {
  if (const auto found = users_.find(id); found != users_.end()) return found->second;
  auto& user = users_[std::string(id)];
  user.id = id;
  user.status = "offline";
  return user;
}

Session* Store::session(std::string_view id) {
  const auto found = sessions_.find(id);
  return found == sessions_.end() ? nullptr : &found->second;
}

Message* Store::message(std::string_view id) {
  std::uint32_t number = 0;
  if (!id.starts_with(messagePrefix_)) return nullptr;
  std::from_chars(id.data() + messagePrefix_.size(), id.data() + id.size(), number, 16);
  return number < messages_.size() && messages_[number].id == id ? &messages_[number] : nullptr;
}

std::pair<Session&, bool> Store::privateSession(User& one, User& other) {
  if (const auto found = one.privateSessions.find(&other); found != one.privateSessions.end())
    return {*found->second, false};
  auto& session = addSession(false, "", {&one, &other});
  one.privateSessions[&other] = other.privateSessions[&one] = &session;
  return {session, true};
}

Session& Store::addGroup(std::string_view name, const std::vector<User*>& participants) {
  return addSession(true, name, participants);
}

Session& Store::addSession(bool isGroup, std::string_view name, const std::vector<User*>& participants) {
  const auto id = sessionPrefix_ + hex(static_cast<std::uint32_t>(sessions_.size()));
  auto& session = sessions_[id];
  session.id = id;
  session.name = name;
  session.isGroup = isGroup;
  for (auto* user : participants) {
    if (!session.places.emplace(user, session.participants.size()).second) continue;
    session.participants.push_back(user);
    user->sessions.push_back(&session);
  }
  session.unread.resize(session.participants.size());
  return session;
}

const Message& Store::addMessage(Session& session, const User& sender, const Draft& draft) {
  const auto& participants = session.participants;
  const auto number = static_cast<std::uint32_t>(messages_.size());
  const auto& message = messages_.emplace_back(Message{
      .id = messagePrefix_ + hex(number),
      .session = &session,
      .seq = session.messages.size() + 1,
      .sender = &sender,
      .receiver =
          session.isGroup ? nullptr : participants[participants.front() == &sender ? participants.size() - 1 : 0],
      .content = std::string(draft.content),
      .messageType = std::string(draft.messageType),
      .fileUrl = std::string(draft.fileUrl),
      .fileName = std::string(draft.fileName),
      .fileSize = draft.fileSize,
      .readBy = {},
      .createdAt = now(),
  });
  session.messages.push_back(&message);
  for (auto& count : session.unread) ++count;
  --session.unread[session.places.at(&sender)];
  return message;
}

Time Store::markRead(Message& message, const User& user) {
  for (const auto& reading : message.readBy)
    if (reading.user == &user) return reading.at;
  message.readBy.push_back({&user, now()});
  message.read = message.read || message.receiver == &user;
  const auto place = message.session->places.find(&user);
  if (place != message.session->places.end() && message.sender != &user) --message.session->unread[place->second];
  return message.readBy.back().at;
}

void write(Json& to, const User& user) {
  to.raw(R"({"email":"","phone":"","_id":)").text(user.id).raw(R"(,"username":)").text(user.username);
  to.raw(R"(,"realName":)").text(user.realName).raw(R"(,"avatar":)").text(user.avatar);
  to.raw(R"(,"role":)").text(user.role).raw(R"(,"status":)").text(user.status);
  to.raw(R"(,"lastSeen":)").time(user.lastSeen).raw("}");
}

void write(Json& to, const Message& message) {
  to.raw(R"({"_id":")").raw(message.id).raw(R"(","sessionId":")").raw(message.session->id);
  to.raw(R"(","seq":)").number(message.seq).raw(R"(,"sender":)").text(message.sender->id).raw(R"(,"receiver":)");
  if (message.receiver != nullptr)
    to.text(message.receiver->id);
  else
    to.raw("null");
  to.raw(R"(,"content":)").text(message.content).raw(R"(,"messageType":)").text(message.messageType);
  to.raw(R"(,"fileUrl":)").text(message.fileUrl).raw(R"(,"fileName":)").text(message.fileName);
  to.raw(R"(,"fileSize":)").number(message.fileSize).raw(R"(,"status":)").raw(message.read ? R"("read")" : R"("sent")");
  to.raw(R"(,"readBy":[)");
  for (const auto& reading : message.readBy) {
    if (&reading != &message.readBy.front()) to.raw(",");
    to.raw(R"({"user":)").text(reading.user->id).raw(R"(,"readAt":)").time(reading.at).raw("}");
  }
  to.raw(R"(],"createdAt":)").time(message.createdAt).raw(R"(,"updatedAt":)").time(message.createdAt).raw("}");
}

void writePage(Json& to, const Session* session, std::size_t page, std::size_t limit) {
  const std::size_t total = session == nullptr ? 0 : session->messages.size();
  const auto end = total - std::min(total, (page - 1) * limit);
  to.raw(R"("data":[)");
  for (auto i = end - std::min(end, limit); i < end; ++i) {
    write(to, *session->messages[i]);
    if (i + 1 < end) to.raw(",");
  }
  to.raw(R"(],"pagination":{"page":)").number(page).raw(R"(,"limit":)").number(limit);
  to.raw(R"(,"total":)").number(total).raw(R"(,"pages":)").number((total + limit - 1) / limit).raw("}");
}

void writeUnread(Json& to, const User& user) {
  std::uint64_t sum = 0;
  to.raw(R"({"sessions":{)");
  for (const auto* session : user.sessions) {
    const auto count = session->unread[session->places.at(&user)];
    if (count > 0) to.raw(sum > 0 ? "," : "").text(session->id).raw(":").number(count);
    sum += count;
  }
  to.raw(R"(},"unreadCount":)").number(sum).raw("}");
}

}  // namespace bench
