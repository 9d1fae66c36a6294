// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/plugin.h>

#include <cstdint>
#include <string>
#include <vector>

namespace presence {

struct Settings {
  std::string audience;  ///< auto, everyone, contacts
  std::int64_t everyoneLimit = 0;
  std::int64_t contactSessions = 0;
};

/// Tells who is online, and tells the others when that changes.
class Broadcast {
 public:
  Broadcast(parley::Scope& scope, Settings settings);

  parley::Answer onlineFor(const parley::EventCall& call);
  parley::HttpResponse online();
  parley::Answer setStatus(const parley::EventCall& call);
  void announce(const parley::hooks::PresenceChanged::Change& change);

 private:
  parley::JsonArray onlineUsers();
  bool everyoneHears() const;
  std::vector<std::string> contactsOf(const std::string& userId);

  parley::Scope& scope_;
  Settings settings_;
};

}  // namespace presence
