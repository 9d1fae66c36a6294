// SPDX-License-Identifier: Apache-2.0
#include "chat/session_members.h"

#include "chat/collections.h"
#include "chat/documents.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

namespace parley::chat {

namespace {

/// Well below what the store's queue takes.
constexpr std::size_t writesPerStep = 500;

}  // namespace

std::optional<Document> findSession(Store& store, const std::string& sessionId) {
  return store.findOne(collections::sessions, where("_id") == Json(sessionId) && !where("removedAt").exists());
}

SessionMembers::SessionMembers(Core& core)
    : core_(core), cache_(core.options.cachedSessions, core.options.cachedMembers) {}

std::mutex& SessionMembers::mutexOf(const std::string& sessionId) {
  return mutexes_[std::hash<std::string>{}(sessionId) % mutexes_.size()];
}

void SessionMembers::checkRoomFor(const std::string& userId) const {
  const auto most = core_.options.sessionsPerUser;
  if (most > 0 && core_.store.count(collections::members, where("userId") == Json(userId)) >= most)
    throw Error(ErrorCode::Conflict, userId + " takes part in " + std::to_string(most) + " sessions",
                {"session.tooMany", {{"count", std::to_string(most)}}});
}

SharedMembers SessionMembers::of(const std::string& sessionId) {
  if (auto known = cache_.find(sessionId); known && !known->isOutdated) return known;
  const std::lock_guard lock(mutexOf(sessionId));
  return current(sessionId);
}

/// Locked.
SharedMembers SessionMembers::current(const std::string& sessionId) {
  auto known = cache_.find(sessionId);
  if (known && !known->isOutdated) return known;
  const auto members = read(sessionId);
  if (known) members->lease = known->lease;
  cache_.put(sessionId, members);
  return members;
}

/// A count that does not fit (the process ended between two steps of a change) is put right.
std::shared_ptr<Members> SessionMembers::read(const std::string& sessionId) {
  const auto document = findSession(core_.store, sessionId);
  if (!document) throw Error(ErrorCode::NotFound, "no such session");
  auto session = toSession(*document);
  auto members = std::make_shared<Members>();
  members->sessionType = session.type;
  members->ownerId = session.ownerId;
  members->isPrivate = session.type == "private";
  if (members->isPrivate) {
    Place place;
    place.joinedAt = session.createdAt;
    std::set<std::string> each(session.participants.begin(), session.participants.end());
    const auto gone = goneFrom(*document);
    for (const auto& userId : gone) each.erase(userId);
    members->isClosed = !gone.empty();
    members->add({each.begin(), each.end()}, place);
    return members;
  }
  core_.store.forEach(collections::members, where("sessionId") == Json(sessionId), {.sort = {{"userId"}}},
                      [&](Document&& member) {
                        members->userIds.push_back(stringOf(member, "userId"));
                        members->places.push_back(toPlace(member));
                        return true;
                      });
  const auto count = static_cast<std::int64_t>(members->userIds.size());
  if (count != session.memberCount)
    core_.store.update(collections::sessions, where("_id") == Json(sessionId), Update().set("memberCount", count));
  return members;
}

bool SessionMembers::isStoredAfterAll(const std::string& sessionId) {
  if (findSession(core_.store, sessionId)) return true;
  core_.store.remove(collections::members, where("sessionId") == Json(sessionId));
  return false;
}

void SessionMembers::change(const std::string& sessionId, const std::function<Step(const SharedMembers&)>& plan,
                            const std::function<void()>& told) {
  SharedMembers now;  // outlives the lock: whoever lets go of it last may set off more
  const std::lock_guard lock(mutexOf(sessionId));
  now = current(sessionId);
  auto step = plan(now);
  if (step.writes.empty()) return;
  try {
    carryOut(std::move(step.writes));
  } catch (...) {
    const auto outdated = std::make_shared<Members>(*now);  // what was done shows when it is read again
    outdated->isOutdated = true;
    cache_.put(sessionId, outdated);
    throw;
  }
  if (step.next)
    cache_.put(sessionId, std::move(step.next));
  else
    cache_.erase(sessionId);
  told();
}

void SessionMembers::carryOut(std::vector<Write> writes) {
  for (std::size_t from = 0; from < writes.size(); from += writesPerStep) {
    const auto count = std::min(writesPerStep, writes.size() - from);
    const auto first = writes.begin() + static_cast<std::ptrdiff_t>(from);
    const auto last = first + static_cast<std::ptrdiff_t>(count);
    const auto done = core_.write({std::move_iterator(first), std::move_iterator(last)});
    if (done.affected != static_cast<std::int64_t>(count))
      throw Error(ErrorCode::Conflict, "the session is being changed, try again");
  }
}

}  // namespace parley::chat
