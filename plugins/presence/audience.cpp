// SPDX-License-Identifier: Apache-2.0
#include "audience.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

using namespace parley;

namespace presence {

Audience::Audience(Scope& scope, Settings settings) : scope_(scope), settings_(std::move(settings)) {}

bool Audience::everyone() const {
  if (settings_.rule != "auto") return settings_.rule == "everyone";
  return static_cast<std::int64_t>(scope_.presence().onlineCount()) <= settings_.everyoneLimit;
}

std::vector<std::string> Audience::contactsOf(const std::string& userId, const std::string& fromSocket) {
  std::unordered_set<std::string> seen{userId};
  std::vector<std::string> contacts;
  const auto own = scope_.sockets().socketsOf(userId);
  if (std::any_of(own.begin(), own.end(), [&](const auto& socketId) { return socketId != fromSocket; }))
    contacts.push_back(userId);
  const auto most = contacts.size() + static_cast<std::size_t>(settings_.contactLimit);
  for (const auto& session : scope_.sessions().listFor(userId, 1, settings_.contactSessions).sessions) {
    if (session.memberCount > settings_.contactGroupLimit) continue;
    const bool isPrivate = session.type == "private";
    for (const auto& member : isPrivate ? session.participants : scope_.sessions().participantsOf(session.id)) {
      if (!seen.insert(member).second || !scope_.sockets().isOnline(member)) continue;
      contacts.push_back(member);
      if (contacts.size() >= most) return contacts;
    }
  }
  return contacts;
}

}  // namespace presence
