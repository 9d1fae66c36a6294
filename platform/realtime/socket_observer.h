// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace parley::realtime {

/// Told when a user's devices come and go (Sockets::bindUser, a socket's end, a recovered socket). In order for one
/// socket. [worker]
class SocketObserver {
 public:
  virtual ~SocketObserver() = default;
  /// `first`: the user had no other live socket.
  virtual void onUserBound(const std::string& userId, const std::string& socketId, bool first) = 0;
  /// `last`: the user has no live socket now.
  virtual void onUserGone(const std::string& userId, const std::string& socketId, bool last) = 0;
};

}  // namespace parley::realtime
