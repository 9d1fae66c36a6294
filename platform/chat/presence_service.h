// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chat/core.h"
#include "chat/latest_writes.h"
#include "realtime/socket_observer.h"

#include <parley/chat.h>

#include <boost/container/flat_map.hpp>

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace parley::chat {

/// Who is there. Lives in memory alone, so that nobody is left online by a crash; only `lastSeen` is stored.
class PresenceService final : public Presence, public realtime::SocketObserver {
 public:
  explicit PresenceService(Core& core);

  std::string statusOf(const std::string& userId) const override;
  void setStatus(const std::string& userId, const std::string& status, const std::string& fromSocket) override;
  std::vector<std::string> onlineUsers() const override;
  std::size_t onlineCount() const override;

  /// The sockets are counted here, since those of one user may be reported in any order.
  void onUserBound(const std::string& userId, const std::string& socketId, bool first) override;
  void onUserGone(const std::string& userId, const std::string& socketId, bool last) override;

  /// As statusOf, of a user whose new socket may not have been reported yet.
  std::string statusOnJoin(const std::string& userId) const;

 private:
  struct Entry {
    boost::container::flat_map<std::string, bool> devices;  ///< by socket id: whether its user is away from it
    std::string_view announced = "offline";                 ///< what the others were told last
    std::string cause;                                      ///< the socket of the last change that they were not told
    bool hidden = false;                                    ///< "offline" was said, on any device
    bool announcing = false;                                ///< a thread is telling the others

    std::string_view status() const;
  };

  template <typename Change>
  void change(const std::string& userId, const std::string& socketId, Change apply);
  void announce(const std::string& userId, std::string_view status, const std::string& socketId);
  bool isDevice(const std::string& userId, const std::string& socketId) const;

  Core& core_;
  const std::shared_ptr<LatestWrites> lastSeen_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;
  std::size_t online_ = 0;  ///< entries that are not offline
};

}  // namespace parley::chat
