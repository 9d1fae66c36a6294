// SPDX-License-Identifier: Apache-2.0
#include "realtime/registry.h"

#include <parley/error.h>

#include <boost/container/flat_set.hpp>

#include <utility>

namespace parley::realtime {

namespace {

/// Whether who has this token may use a socket as this user.
bool mayBe(const IdentityPtr& identity, const std::string& userId) {
  if (!identity || userId.empty() || identity->subject == userId) return true;
  return identity->isService || identity->role == "admin";
}

}  // namespace

struct Registry::Entry {
  Entry(SocketPtr of, IdentityPtr with) : socket(std::move(of)), identity(std::move(with)) {}

  SocketPtr socket;
  mutable std::mutex mutex{};  ///< guards the rest
  IdentityPtr identity;
  std::string userId{};  ///< never changes once set
  std::string role{};
  boost::container::flat_set<std::string> rooms{};  ///< keys of rooms_
  bool live = true;
  bool gone = false;
};

Registry::Registry() = default;
Registry::~Registry() = default;

std::string Registry::roomKey(std::string_view nameSpace, const std::string& room) {
  return std::string(nameSpace).append(1, ',').append(room);
}

Registry::EntryPtr Registry::entry(const std::string& id) const {
  const auto& shard = ids_.of(id);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.values.find(id);
  return found == shard.values.end() ? nullptr : found->second;
}

void Registry::add(const SocketPtr& socket, IdentityPtr identity) {
  auto entry = std::make_shared<Entry>(socket, std::move(identity));
  auto put = [&entry](Sockets& shards, const std::string& key) {
    auto& shard = shards.of(key);
    const std::lock_guard lock(shard.mutex);
    shard.values.emplace(key, entry);
  };
  put(ids_, socket->id());
  if (socket->recovers()) put(pids_, socket->pid());
}

void Registry::remove(const std::string& id) {
  const auto entry = this->entry(id);
  if (!entry) return;
  drop(pids_, entry->socket->pid());
  const std::lock_guard lock(entry->mutex);
  count(*entry, false);
  entry->gone = true;
  if (!entry->userId.empty()) {
    removeMember(users_, entry->userId, *entry);
    ++changes_.at(placeOf(entry->userId));
  }
  for (const auto& room : entry->rooms) removeMember(rooms_, room, *entry);
}

void Registry::forget(const std::string& id) {
  drop(ids_, id);
}

void Registry::drop(Sockets& sockets, std::string_view key) {
  auto& shard = sockets.of(key);
  const std::lock_guard lock(shard.mutex);
  shard.values.erase(key);
}

void Registry::removeMember(Groups& groups, const std::string& key, const Entry& entry) {
  auto& shard = groups.of(key);
  const std::lock_guard lock(shard.mutex);
  const auto group = shard.values.find(key);
  if (group == shard.values.end()) return;
  auto& members = group->second.members;
  if (const auto member = members.find(&entry); member != members.end()) members.erase(member);
  if (members.empty()) shard.values.erase(group);
}

void Registry::setLive(const std::string& id, bool live) {
  const auto entry = this->entry(id);
  if (!entry) return;
  const std::lock_guard lock(entry->mutex);
  if (!entry->gone) count(*entry, live);
}

/// Under the entry's lock, so that the observer's tasks are queued in the order of the changes.
void Registry::count(Entry& entry, bool live) {
  if (std::exchange(entry.live, live) == live || entry.userId.empty()) return;
  bool edge = false;
  {
    auto& shard = users_.of(entry.userId);
    const std::lock_guard lock(shard.mutex);
    auto& alive = shard.values[entry.userId].live;
    edge = live ? alive++ == 0 : --alive == 0;
  }
  if (observer_ == nullptr) return;
  entry.socket->strand().postAccepted(
      [observer = observer_, userId = entry.userId, id = entry.socket->id(), live, edge] {
        live ? observer->onUserBound(userId, id, edge) : observer->onUserGone(userId, id, edge);
      });
}

bool Registry::renew(const std::string& id, const IdentityPtr& identity) {
  const auto entry = this->entry(id);
  if (!entry) return false;
  const std::lock_guard lock(entry->mutex);
  const auto& old = entry->identity;
  const bool isOthers = old && (old->subject != identity->subject || old->isService != identity->isService);
  if (entry->gone || isOthers || !mayBe(identity, entry->userId)) return false;
  entry->identity = identity;
  return true;
}

bool Registry::bindUser(const std::string& id, const std::string& userId, const std::string& role) {
  const auto entry = this->entry(id);
  if (!entry) throw Error(ErrorCode::NotFound, "the socket is gone");
  const std::lock_guard lock(entry->mutex);
  if (!entry->userId.empty() && entry->userId != userId)
    throw Error(ErrorCode::Conflict, "the socket has joined as another user");
  if (!mayBe(entry->identity, userId)) throw Error(ErrorCode::Forbidden, "the socket's token is another user's");
  const bool isNew = entry->userId.empty() && !entry->gone;
  auto& shard = users_.of(userId);
  if (isNew) {
    const std::lock_guard shardLock(shard.mutex);
    auto& members = shard.values[userId].members;
    if (limits_.socketsPerUser != 0 && members.size() >= limits_.socketsPerUser)
      throw Error(ErrorCode::RateLimited, "the user has too many sockets");
    members.insert(entry);
    ++changes_.at(placeOf(userId));
  }
  entry->userId = userId;
  entry->role = role;
  if (entry->gone) return false;
  if (isNew) {
    entry->socket->strand().setLane(base::Lane::Normal);
    if (std::exchange(entry->live, false)) count(*entry, true);
  }
  const std::lock_guard shardLock(shard.mutex);
  return shard.values[userId].live == 1 && entry->live;
}

void Registry::join(const std::string& id, const std::string& room) {
  const auto entry = this->entry(id);
  if (!entry) return;
  const std::lock_guard lock(entry->mutex);
  const auto key = roomKey(entry->socket->nameSpace(), room);
  if (entry->gone || entry->rooms.contains(key)) return;
  if (limits_.roomsPerSocket != 0 && entry->rooms.size() >= limits_.roomsPerSocket)
    throw Error(ErrorCode::RateLimited, "the socket is in too many rooms");
  entry->rooms.insert(key);
  auto& shard = rooms_.of(key);
  const std::lock_guard shardLock(shard.mutex);
  shard.values[key].members.insert(entry);
}

void Registry::leave(const std::string& id, const std::string& room) {
  const auto entry = this->entry(id);
  if (!entry) return;
  const std::lock_guard lock(entry->mutex);
  const auto key = roomKey(entry->socket->nameSpace(), room);
  if (entry->rooms.erase(key) > 0) removeMember(rooms_, key, *entry);
}

SocketPtr Registry::find(const std::string& id) const {
  const auto entry = this->entry(id);
  return entry ? entry->socket : nullptr;
}

SocketPtr Registry::findByPid(const std::string& pid) const {
  const auto& shard = pids_.of(pid);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.values.find(pid);
  return found == shard.values.end() ? nullptr : found->second->socket;
}

Caller Registry::identify(const std::string& id, Caller base) const {
  base.socketId = id;
  if (const auto entry = this->entry(id)) {
    const std::lock_guard lock(entry->mutex);
    base.userId = entry->userId;
    base.role = entry->role;
    if (const auto& identity = entry->identity) {
      base.subject = identity->subject;
      base.service = identity->isService;
      if (!identity->isService) base.role = identity->role;
    }
  }
  return base;
}

void Registry::collect(const Groups& groups, const std::string& key, std::string_view nameSpace,
                       std::vector<SocketPtr>& sockets) {
  const auto& shard = groups.of(key);
  const std::lock_guard lock(shard.mutex);
  const auto group = shard.values.find(key);
  if (group == shard.values.end()) return;
  for (const auto& entry : group->second.members)
    if (entry->socket->nameSpace() == nameSpace) sockets.push_back(entry->socket);
}

void Registry::collectUser(const std::string& userId, std::string_view nameSpace,
                           std::vector<SocketPtr>& sockets) const {
  collect(users_, userId, nameSpace, sockets);
}

void Registry::collectRoom(const std::string& room, std::string_view nameSpace, std::vector<SocketPtr>& sockets) const {
  collect(rooms_, roomKey(nameSpace, room), nameSpace, sockets);
}

void Registry::collectAll(std::string_view nameSpace, std::vector<SocketPtr>& sockets) const {
  for (const auto& socket : all())
    if (socket->nameSpace() == nameSpace) sockets.push_back(socket);
}

std::uint16_t Registry::placeOf(const std::string& userId) const {
  return static_cast<std::uint16_t>(std::hash<std::string>{}(userId) % changes_.size());
}

std::uint64_t Registry::changesAt(std::span<const std::uint16_t> places) const {
  std::uint64_t sum = 0;
  for (const auto place : places) sum += changes_[place];
  return sum;
}

std::vector<SocketPtr> Registry::all() const {
  std::vector<SocketPtr> sockets;
  for (const auto& shard : ids_) {
    const std::lock_guard lock(shard.mutex);
    for (const auto& [id, entry] : shard.values) sockets.push_back(entry->socket);
  }
  return sockets;
}

std::vector<std::string> Registry::liveSocketsOf(const std::string& userId) const {
  std::vector<EntryPtr> entries;
  {
    const auto& shard = users_.of(userId);
    const std::lock_guard lock(shard.mutex);
    const auto group = shard.values.find(userId);
    if (group == shard.values.end()) return {};
    entries.assign(group->second.members.begin(), group->second.members.end());
  }
  std::vector<std::string> ids;
  for (const auto& entry : entries) {
    const std::lock_guard lock(entry->mutex);
    if (entry->live) ids.push_back(entry->socket->id());
  }
  return ids;
}

bool Registry::isOnline(const std::string& userId) const {
  const auto& shard = users_.of(userId);
  const std::lock_guard lock(shard.mutex);
  const auto group = shard.values.find(userId);
  return group != shard.values.end() && group->second.live > 0;
}

}  // namespace parley::realtime
