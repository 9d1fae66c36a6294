// SPDX-License-Identifier: Apache-2.0
#include "chat/announcer.h"

#include "base/log.h"
#include "chat/collections.h"

#include <algorithm>

namespace parley::chat {

namespace {
/// Well below what the store's queue takes.
constexpr std::size_t marksPerStep = 500;

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

Announcer::Announcer(Core& core, SessionService& sessions) : core_(core), sessions_(sessions) {}

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
  Emit emit("message:receive", Json(JsonObject{{"message", message.toJson()}}));
  emit.exceptSocket = fromSocket;
  if (participants.size() > core_.options.deliveredMembers) return core_.sockets.toUsers(participants, std::move(emit));
  emit.onDelivered = [weak = weak_from_this(), message](const std::string& userId) {
    if (const auto self = weak.lock(); self && userId != message.senderId) self->delivered(message, userId);
  };
  core_.sockets.toUsers(participants, std::move(emit));
}

void Announcer::delivered(const Message& message, const std::string& userId) {
  // A group's members would be a record each.
  if (!message.receiverId.empty()) mark(message.sessionId, userId, message.seq);
  core_.sockets.toUsers({message.senderId}, Emit("message:status", Json(JsonObject{{"messageId", message.id},
                                                                                   {"sessionId", message.sessionId},
                                                                                   {"userId", userId},
                                                                                   {"status", "delivered"}})));
}

void Announcer::mark(const std::string& sessionId, const std::string& userId, std::int64_t seq) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= core_.options.maxPendingMarks) return;
    auto& mark = waiting_[{sessionId, userId}];
    mark = std::max(mark, seq);
    if (storing_) return;
    storing_ = true;
  }
  storeMarks();
}

void Announcer::storeMarks() {
  Marks marks;
  {
    const std::lock_guard lock(mutex_);
    while (!waiting_.empty() && marks.size() < marksPerStep) marks.insert(waiting_.extract(waiting_.begin()));
    if (marks.empty()) {
      storing_ = false;
      return;
    }
  }
  std::vector<Write> writes;
  writes.reserve(marks.size());
  for (const auto& [pair, seq] : marks) {
    const auto& [sessionId, userId] = pair;
    Update update;
    update.max("deliveredUpTo", seq).setOnInsert("sessionId", Json(sessionId)).setOnInsert("userId", Json(userId));
    writes.push_back(Write::upsert(collections::readStates, where("_id") == Json(memberId(sessionId, userId)), update));
  }
  // A lost mark shows a message as sent until the next one is delivered; it is not worth a second try.
  core_.submit(std::move(writes), [weak = weak_from_this()](const Result<WriteSummary>& result) {
    if (!result) base::log("chat").warn("delivery marks were not stored: {}", result.error().detail());
    const auto self = weak.lock();
    if (!self) return;
    // Not from here: a store that refuses at once would call this again and again.
    if (!self->core_.pool.postAccepted([self] { self->storeMarks(); })) {
      const std::lock_guard lock(self->mutex_);
      self->storing_ = false;
    }
  });
}

}  // namespace parley::chat
