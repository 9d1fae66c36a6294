// SPDX-License-Identifier: Apache-2.0
#include "chat.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <utility>

namespace bench {

namespace {

namespace json = boost::json;

constexpr std::size_t everyoneLimit = 200;  // these are those of node/server.mjs
constexpr std::size_t contactGroupLimit = 1000;
constexpr std::size_t maxContent = 16'384;
constexpr std::string_view everyone = "users";  // who has joined; the other topics here are ids of sessions

Failure invalid(const char* detail) {
  return {"400 Bad Request", "VALIDATION_FAILED", detail};
}

Failure forbidden(const char* detail) {
  return {"403 Forbidden", "FORBIDDEN", detail};
}

Failure notFound(const char* detail) {
  return {"404 Not Found", "NOT_FOUND", detail};
}

std::string_view textOf(const json::object& object, std::string_view name, std::string_view otherwise = {}) {
  const auto* value = object.if_contains(name);
  return value == nullptr || value->is_null() ? otherwise : std::string_view(value->as_string());
}

bool isId(std::string_view text) {
  const auto fits = [](unsigned char byte) {
    return std::isalnum(byte) != 0 || byte == '_' || byte == '.' || byte == ':' || byte == '@' || byte == '-';
  };
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), fits);
}

std::string_view idIn(const json::object& object, const char* name) {
  const auto id = textOf(object, name);
  if (!isId(id)) throw invalid(name);
  return id;
}

Draft draftIn(const json::object& given) {
  Draft draft{textOf(given, "content"), textOf(given, "messageType", "text"), textOf(given, "fileUrl"),
              textOf(given, "fileName")};
  if (const auto* size = given.if_contains("fileSize")) draft.fileSize = size->to_number<std::int64_t>();
  constexpr std::array<std::string_view, 4> types{"text", "image", "file", "voice"};
  if (draft.content.size() > maxContent) throw invalid("content");
  if (std::find(types.begin(), types.end(), draft.messageType) == types.end()) throw invalid("messageType");
  return draft;
}

/// 0 for what is no number.
std::size_t numberIn(std::string_view text, std::size_t otherwise) {
  std::uint32_t number = 0;
  if (text.empty()) return otherwise;
  return std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc() ? number : 0;
}

std::string success(std::string_view name, std::string_view data) {
  return Json().raw(R"({"success":true,")").raw(name).raw(R"(":)").raw(data).raw("}").take();
}

/// To be closed, after more about the message and the user.
Json receipt(const Message& message, const User& user) {
  Json text;
  text.raw(R"({"messageId":")").raw(message.id).raw(R"(","sessionId":")").raw(message.session->id);
  text.raw(R"(","userId":)").text(user.id);
  return text;
}

User& joined(Socket& socket) {
  auto* user = socket.getUserData()->user;
  if (user == nullptr) throw forbidden("not joined");
  return *user;
}

void setStatus(User& user, std::string_view status) {
  user.status = status;
  user.lastSeen = now();
}

}  // namespace

std::string eventPacket(std::string_view name, std::string_view data) {
  return Json().raw(R"(42[")").raw(name).raw(R"(",)").raw(data).raw("]").take();
}

void send(Socket& to, std::string_view text) {
  to.send(text, uWS::TEXT);
}

std::string Chat::act(Socket& socket, std::string_view event, Data data) {
  if (event == "message:send") return sendMessage(socket, data);
  if (event == "user:join") return join(socket, data);
  if (event == "message:read") return markRead(socket, data);
  if (event == "typing:start" || event == "typing:stop") return tellTyping(socket, event, data);
  if (event == "chat:history") return sendHistory(socket, data);
  if (event == "user:status:update") return updateStatus(socket, data);
  if (event == "unread:count") return sendUnread(socket);
  throw invalid("event");
}

// ---- Users ----

std::string Chat::join(Socket& socket, Data data) {
  const auto& given = data.as_object();
  if (socket.getUserData()->user != nullptr) throw invalid("joined already");
  auto& user = store_.user(idIn(given, "id"));
  user.username = given.at("username").as_string();
  user.realName = textOf(given, "realName");
  user.avatar = textOf(given, "avatar");
  user.role = textOf(given, "role", "user");
  setStatus(user, "online");

  socket.getUserData()->user = &user;
  socket.subscribe(everyone);
  for (const auto* session : user.sessions) socket.subscribe(session->id);
  auto& sockets = online_[&user];
  sockets.push_back(&socket);
  if (sockets.size() == 1) announce(user, [&](auto topic, const auto& status) { socket.publish(topic, status); });
  Json text;
  write(text, user);
  auto shown = text.take();
  send(socket, eventPacket("user:joined", success("user", shown)));
  return shown;
}

void Chat::leave(Socket& socket) {
  auto* user = socket.getUserData()->user;
  if (user == nullptr) return;
  auto& sockets = online_[user];
  std::erase(sockets, &socket);
  if (!sockets.empty()) return;
  online_.erase(user);
  setStatus(*user, "offline");
  announce(*user, [&](auto topic, const auto& status) { app_.publish(topic, status, uWS::TEXT); });
}

std::string Chat::updateStatus(Socket& socket, Data data) {
  auto& user = joined(socket);
  setStatus(user, std::string_view(data.as_string()));
  announce(user, [&](auto topic, const auto& status) { socket.publish(topic, status); });
  return "null";
}

template <typename Publish>
void Chat::announce(const User& user, Publish publish) {
  Json text;
  text.raw(R"({"userId":)").text(user.id).raw(R"(,"username":)").text(user.username);
  text.raw(R"(,"status":)").text(user.status).raw(R"(,"lastSeen":)").time(user.lastSeen).raw("}");
  const auto status = eventPacket("user:status", text.take());
  if (online_.size() <= everyoneLimit) return publish(everyone, status);
  for (const auto* session : user.sessions)
    if (session->participants.size() <= contactGroupLimit) publish(std::string_view(session->id), status);
}

void Chat::emit(const User& to, std::string_view name, std::string_view data) {
  const auto found = online_.find(&to);
  if (found == online_.end()) return;
  const auto packet = eventPacket(name, data);
  for (auto* socket : found->second) send(*socket, packet);
}

void Chat::subscribe(const Session& session) {
  for (const auto* user : session.participants)
    if (const auto found = online_.find(user); found != online_.end())
      for (auto* socket : found->second) socket->subscribe(session.id);
}

// ---- Messages ----

Session& Chat::sessionFor(const json::object& given, User& sender) {
  const auto id = textOf(given, "sessionId");
  if (id.empty()) {
    const auto [session, isNew] = store_.privateSession(sender, store_.user(idIn(given, "receiverId")));
    if (isNew) subscribe(session);
    return session;
  }
  auto* session = store_.session(id);
  if (session == nullptr) throw notFound("no such session");
  if (!session->places.contains(&sender)) throw forbidden("not a participant");
  return *session;
}

std::string Chat::sendMessage(Socket& socket, Data data) {
  const auto& given = data.as_object();
  auto& sender = joined(socket);
  if (idIn(given, "senderId") != sender.id) throw forbidden("senderId is another user");
  const auto draft = draftIn(given);
  const auto& message = store_.addMessage(sessionFor(given, sender), sender, draft);
  Json text;
  write(text, message);
  auto shown = text.take();
  socket.publish(message.session->id, eventPacket("message:receive", R"({"message":)" + shown + '}'));
  if (message.receiver != nullptr && online_.contains(message.receiver))
    emit(sender, "message:status", receipt(message, *message.receiver).raw(R"(,"status":"delivered"})").take());
  send(socket, eventPacket("message:sent", success("message", shown)));
  return shown;
}

std::string Chat::markRead(Socket& socket, Data data) {
  const auto& user = joined(socket);
  auto* message = store_.message(textOf(data.as_object(), "messageId"));
  if (message == nullptr) throw notFound("no such message");
  const auto mark = receipt(*message, user).raw(R"(,"readAt":)").time(Store::markRead(*message, user)).take();
  emit(*message->sender, "message:read", mark + '}');
  if (message->sender != &user) emit(user, "message:read", mark + '}');
  if (message->receiver != nullptr) emit(*message->sender, "message:status", mark + R"(,"status":"read"})");
  return mark + '}';
}

std::string Chat::history(std::string_view sessionId, std::string_view page, std::string_view limit) {
  const auto number = numberIn(page, 1);
  const auto size = numberIn(limit, 50);
  if (number < 1) throw invalid("page");
  if (size < 1 || size > 100) throw invalid("limit");
  Json text;
  writePage(text, store_.session(sessionId), number, size);
  return text.take();
}

std::string Chat::sendHistory(Socket& socket, Data data) {
  Json text;
  const auto id = idIn(data.as_object(), "sessionId");
  text.raw(R"({"success":true,"sessionId":)").text(id).raw(",").raw(history(id, {}, {})).raw("}");
  send(socket, eventPacket("chat:history", text.take()));
  return "null";
}

std::string Chat::sendUnread(Socket& socket) {
  Json text;
  writeUnread(text, joined(socket));
  auto counts = text.take();
  send(socket, eventPacket("unread:count", success("data", counts)));
  return counts;
}

std::string Chat::makeGroup(std::string_view body) {
  const auto parsed = json::parse(body);
  const auto& given = parsed.as_object();
  std::vector<User*> participants{&store_.user(idIn(given, "creatorId"))};
  for (const auto& id : given.at("participants").as_array()) {
    if (!isId(std::string_view(id.as_string()))) throw invalid("participants");
    participants.push_back(&store_.user(std::string_view(id.as_string())));
  }
  const auto& session = store_.addGroup(textOf(given, "sessionName"), participants);
  subscribe(session);
  Json text;
  text.raw(R"({"_id":")").raw(session.id).raw(R"(","sessionType":"group","sessionName":)").text(session.name);
  return success("data", text.raw("}").take());
}

std::string Chat::tellTyping(Socket& socket, std::string_view event, Data data) {
  joined(socket);
  socket.publish(idIn(data.as_object(), "sessionId"), eventPacket(event, json::serialize(data)));
  return "null";
}

}  // namespace bench
