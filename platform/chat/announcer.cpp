// SPDX-License-Identifier: Apache-2.0
#include "chat/announcer.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace parley::chat {

namespace {
bool everybodySees(const Members& members, std::int64_t seq) {
  return std::all_of(members.places.begin(), members.places.end(),
                     [seq](const Place& place) { return place.visibleFrom <= seq; });
}

std::vector<std::string> thoseWhoSee(const Members& members, std::int64_t seq) {
  std::vector<std::string> userIds;
  for (std::size_t i = 0; i < members.userIds.size(); ++i)
    if (members.places[i].visibleFrom <= seq) userIds.push_back(members.userIds[i]);
  return userIds;
}
}  // namespace

Announcer::Announcer(Core& core, SessionService& sessions, std::shared_ptr<DeliveryMarks> marks)
    : core_(core), sessions_(sessions), marks_(std::move(marks)) {}

void Announcer::announce(const Message& message, const SharedMembers& admitted, const std::string& fromSocket) {
  auto members = admitted;
  try {
    members = sessions_.membersOf(message.sessionId);
  } catch (const Error&) {
    // The session is gone, or cannot be read now.
  }
  const bool all = everybodySees(*members, message.seq);
  const auto some = all ? std::vector<std::string>() : thoseWhoSee(*members, message.seq);
  const auto& participants = all ? members->userIds : some;
  Emit emit("message:receive", JsonText{R"({"message":)" + message.toText().text + '}'});
  emit.exceptSocket = fromSocket;
  if (participants.size() > core_.options.deliveredMembers) return core_.sockets.toUsers(participants, std::move(emit));
  const auto sent = std::make_shared<const Sent>(sentOf(message));
  emit.onDelivered = [weak = weak_from_this(), sent](const std::string& userId) {
    if (const auto self = weak.lock(); self && userId != sent->senderId) self->delivered(*sent, userId);
  };
  core_.sockets.toUsers(participants, std::move(emit));
}

void Announcer::fetched(const Message& message) {
  delivered(sentOf(message), message.receiverId);
}

Announcer::Sent Announcer::sentOf(const Message& message) {
  return {message.id, message.sessionId, message.senderId, message.seq, !message.receiverId.empty()};
}

void Announcer::delivered(const Sent& message, const std::string& userId) {
  // A group's members would be a record each.
  if (message.isPrivate) marks_->note(message.sessionId, userId, message.seq);
  std::string status;
  appendJson(status += R"({"messageId":)", message.id);
  appendJson(status += R"(,"sessionId":)", message.sessionId);
  appendJson(status += R"(,"userId":)", userId);
  core_.sockets.toUsers({message.senderId}, Emit("message:status", JsonText{status += R"(,"status":"delivered"})"}));
}

}  // namespace parley::chat
