// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "auth/identity.h"
#include "realtime/client_socket.h"
#include "realtime/socket_observer.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace parley::realtime {

/// Whose token a socket has come with; null in open mode.
using IdentityPtr = std::shared_ptr<const auth::Identity>;

/// The sockets there are: by id, by user, by room. A socket that waits for its client to come back is among them, but
/// is not live. Lookups are spread over shards. [any thread]
class Registry {
 public:
  Registry();
  ~Registry();

  /// Before the first socket; it outlives the registry's use.
  void setObserver(SocketObserver& observer) { observer_ = &observer; }

  struct Limits {
    std::size_t socketsPerUser = 0;  ///< 0: no limit
    std::size_t roomsPerSocket = 0;  ///< 0: no limit
  };
  /// Before the first socket.
  void setLimits(Limits limits) { limits_ = limits; }

  void add(const SocketPtr& socket, IdentityPtr identity = nullptr);
  /// The socket has ended: nothing is sent to it any more. Whose it was is known until `forget`, for what its client
  /// had sent before.
  void remove(const std::string& id);
  void forget(const std::string& id);
  void setLive(const std::string& id, bool live);
  /// The socket's client has shown another token. False, and nothing changes, when the socket is gone, or belongs to
  /// another subject or to a user for whom this one may not act.
  bool renew(const std::string& id, const IdentityPtr& identity);
  /// As Sockets::bindUser; FORBIDDEN when the socket's token does not allow it, RATE_LIMITED when the user has too
  /// many. One that was removed is the user's for what its client had sent alone.
  bool bindUser(const std::string& id, const std::string& userId, const std::string& role);
  /// RATE_LIMITED when the socket is in too many.
  void join(const std::string& id, const std::string& room);
  void leave(const std::string& id, const std::string& room);

  SocketPtr find(const std::string& id) const;
  SocketPtr findByPid(const std::string& pid) const;
  /// `base` with the socket's id, the user it is bound to, and what its token says.
  Caller identify(const std::string& id, Caller base) const;

  // Of one namespace, each socket once, in no order.
  void collectUser(const std::string& userId, std::string_view nameSpace, std::vector<SocketPtr>& sockets) const;
  void collectRoom(const std::string& room, std::string_view nameSpace, std::vector<SocketPtr>& sockets) const;
  void collectAll(std::string_view nameSpace, std::vector<SocketPtr>& sockets) const;
  /// Where it is noted that a user's sockets become more or fewer: several users share a place.
  std::uint16_t placeOf(const std::string& userId) const;
  /// A number that is another one when sockets have been bound to these places' users, or have gone, in between.
  std::uint64_t changesAt(std::span<const std::uint16_t> places) const;
  /// Of every namespace.
  std::vector<SocketPtr> all() const;

  std::vector<std::string> liveSocketsOf(const std::string& userId) const;
  bool isOnline(const std::string& userId) const;

 private:
  struct Entry;
  using EntryPtr = std::shared_ptr<Entry>;

  struct ByAddress {
    using is_transparent = void;
    static const Entry* address(const EntryPtr& entry) { return entry.get(); }
    static const Entry* address(const Entry* entry) { return entry; }
    bool operator()(const auto& a, const auto& b) const { return std::less<>{}(address(a), address(b)); }
  };
  /// Entries under a name: a user's or a room's sockets. Most have one, and a tree of one is much smaller than a table.
  struct Group {
    std::set<EntryPtr, ByAddress> members;
    std::size_t live = 0;
  };
  template <typename Key, typename Value>
  class Shards {
   public:
    struct Shard {
      mutable std::mutex mutex;
      std::unordered_map<Key, Value> values;
    };
    Shard& of(const Key& key) { return shards_[std::hash<Key>{}(key) % shards_.size()]; }
    const Shard& of(const Key& key) const { return shards_[std::hash<Key>{}(key) % shards_.size()]; }
    auto begin() const { return shards_.begin(); }
    auto end() const { return shards_.end(); }

   private:
    std::array<Shard, 16> shards_;
  };

  using Sockets = Shards<std::string_view, EntryPtr>;  ///< by what their entries own
  using Groups = Shards<std::string, Group>;

  EntryPtr entry(const std::string& id) const;
  void count(Entry& entry, bool live);
  static std::string roomKey(std::string_view nameSpace, const std::string& room);
  static void collect(const Groups& groups, const std::string& key, std::string_view nameSpace,
                      std::vector<SocketPtr>& sockets);
  static void drop(Sockets& sockets, std::string_view key);
  static void removeMember(Groups& groups, const std::string& key, const Entry& entry);

  // Locks are taken in this order: an entry's, then a shard's. Nothing of others is called under them.
  Sockets ids_;
  Sockets pids_;
  Groups users_;
  Groups rooms_;
  std::array<std::atomic<std::uint32_t>, 4096> changes_{};
  SocketObserver* observer_ = nullptr;
  Limits limits_;
};

}  // namespace parley::realtime
