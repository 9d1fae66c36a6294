// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "settings.h"

#include <parley/scope.h>

#include <optional>
#include <string>

namespace accounts {

/// Who is logged in on how many devices. Each login has one refresh token at a time: 128 random bits that stay, which
/// name the login, and 256 that each use replaces; the store has the SHA-256 of both. Who shows the first with any
/// others but the latest has a spent token, and its login ends (RFC 9700 section 4.14.2). [worker]
class Logins {
 public:
  Logins(parley::Scope& scope, const Settings& settings) : scope_(scope), settings_(settings) {}

  static parley::CollectionSpec collection();

  struct Ticket {
    std::string userId;
    std::string token;
    parley::Time expiresAt{};
  };
  /// Ends the oldest login of a user who has too many.
  Ticket begin(const std::string& userId);
  /// The next token in the place of this one; nothing when it is not the latest one of a login.
  std::optional<Ticket> renew(const std::string& token);
  /// Whose login it was; empty for none.
  std::string end(const std::string& token);
  /// All of a user but the one that has this token.
  std::int64_t endAll(const std::string& userId, const std::string& exceptToken = {});
  parley::JsonArray list(const std::string& userId);
  /// Removes what has ended.
  void sweep();

 private:
  parley::Time newEnd() const;
  void endOldest(const std::string& userId);

  parley::Scope& scope_;
  const Settings& settings_;
};

}  // namespace accounts
