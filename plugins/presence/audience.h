// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/plugin.h>

#include <cstdint>
#include <string>
#include <vector>

namespace presence {

/// Who hears of a user's status. [worker]
class Audience {
 public:
  struct Settings {
    std::string rule;  ///< auto, everyone, contacts
    std::int64_t everyoneLimit = 0;
    std::int64_t contactSessions = 0;
    std::int64_t contactGroupLimit = 0;
    std::int64_t contactLimit = 0;
  };

  Audience(parley::Scope& scope, Settings settings);

  bool everyone() const;
  /// Those who are connected of the user's contacts, and the user, if there are other devices than `fromSocket`.
  std::vector<std::string> contactsOf(const std::string& userId, const std::string& fromSocket);

 private:
  parley::Scope& scope_;
  const Settings settings_;
};

}  // namespace presence
