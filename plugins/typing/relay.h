// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/plugin.h>

#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace typing {

struct Settings {
  parley::Millis timeout{6000};
  std::size_t maxMembers = 200;
  std::size_t maxTyping = 100'000;
};

/// Tells the others who is typing, and sees to it that everybody who has started also stops: by themselves, after a
/// time without renewal, or when their socket goes. Nothing is stored.
class Relay {
 public:
  Relay(parley::Scope& scope, Settings settings) : scope_(scope), settings_(settings) {}

  parley::Answer start(const parley::EventCall& call);
  parley::Answer stop(const parley::EventCall& call);
  /// Ends what is over. [worker]
  void sweep();

 private:
  struct Typing {
    std::string sessionId;
    std::string userId;
    std::string receiverId;  ///< empty: all others
    std::string socketId;
    parley::Instant until{};
  };
  /// Session, user, receiver.
  using Key = std::pair<std::pair<std::string, std::string>, std::string>;

  Typing typingOf(const parley::EventCall& call) const;
  static Key keyOf(const Typing& typing) { return {{typing.sessionId, typing.userId}, typing.receiverId}; }
  /// Who hears of it; throws when the receiver is not a participant.
  std::vector<std::string> listenersOf(const Typing& typing);
  void tell(const char* event, const Typing& typing, std::vector<std::string> listeners);

  parley::Scope& scope_;
  Settings settings_;
  std::mutex mutex_;
  std::map<Key, Typing> typing_;
};

}  // namespace typing
