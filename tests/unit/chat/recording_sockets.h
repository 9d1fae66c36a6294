// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "realtime/socket_observer.h"

#include <parley/socket.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace parley::chat::test {

/// Clients that take down what they are sent. A user is delivered to when one of their sockets is there.
class RecordingSockets final : public Sockets {
 public:
  struct Sent {
    std::string target;  ///< "socket:<id>", "user:<id>" or "everyone"
    std::string event;
    Json data;
    std::string exceptSocket;
  };

  void observe(realtime::SocketObserver* observer) { observer_ = observer; }

  void toSocket(const std::string& socketId, Emit emit) override { record("socket:" + socketId, emit); }
  void toUsers(const std::vector<std::string>& userIds, Emit emit) override {
    for (const auto& userId : userIds) {
      record("user:" + userId, emit);
      if (emit.onDelivered && isOnline(userId)) emit.onDelivered(userId);
    }
  }
  void toRoom(const std::string& room, Emit emit) override { record("room:" + room, emit); }
  void toEveryone(Emit emit) override { record("everyone", emit); }
  void ask(const std::string&, Emit, Millis, std::function<void(Result<Payload>)> done) override {
    done(Error(ErrorCode::Unavailable, "nobody answers"));
  }
  void join(const std::string&, const std::string&) override {}
  void leave(const std::string&, const std::string&) override {}
  void disconnect(const std::string& socketId, bool) override {
    std::string userId;
    {
      const std::lock_guard lock(mutex_);
      userId = users_[socketId];
      users_.erase(socketId);
    }
    observer_->onUserGone(userId, socketId, !isOnline(userId));
  }
  bool bindUser(const std::string& socketId, const std::string& userId, const std::string&) override {
    const bool first = !isOnline(userId);
    {
      const std::lock_guard lock(mutex_);
      if (const auto [at, added] = users_.emplace(socketId, userId); !added && at->second != userId)
        throw Error(ErrorCode::Conflict, "bound to another user");
    }
    if (observer_ != nullptr) observer_->onUserBound(userId, socketId, first);
    return first;
  }
  std::vector<std::string> socketsOf(const std::string& userId) const override {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> sockets;
    for (const auto& [socketId, user] : users_)
      if (user == userId) sockets.push_back(socketId);
    return sockets;
  }
  bool isOnline(const std::string& userId) const override { return !socketsOf(userId).empty(); }

  /// What was sent so far; of one event, or to one target, when they are named.
  std::vector<Sent> sent(const std::string& event = {}, const std::string& target = {}) const {
    const std::lock_guard lock(mutex_);
    std::vector<Sent> found;
    std::copy_if(sent_.begin(), sent_.end(), std::back_inserter(found), [&](const Sent& one) {
      return (event.empty() || one.event == event) && (target.empty() || one.target == target);
    });
    return found;
  }

 private:
  void record(const std::string& target, const Emit& emit) {
    const std::lock_guard lock(mutex_);
    const auto& [args, attachments, written] = emit.payload;
    auto data = written.text.empty() ? args.at(0) : boost::json::parse(written.text);
    sent_.push_back({target, emit.event, std::move(data), emit.exceptSocket});
  }

  mutable std::mutex mutex_;
  std::vector<Sent> sent_;
  std::map<std::string, std::string> users_;  ///< by socket
  realtime::SocketObserver* observer_ = nullptr;
};

}  // namespace parley::chat::test
