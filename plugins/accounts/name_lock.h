// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "settings.h"

#include <parley/scope.h>

#include <string>

namespace accounts {

/// Locks what a password is tried for, a username or an account, after too many wrong ones: for 1 s, and twice as long
/// each time. Kept in the store, for all servers on it, and for names that nobody has just as for those of accounts.
/// [worker]
class NameLock {
 public:
  NameLock(parley::Scope& scope, const Settings& settings) : scope_(scope), settings_(settings) {}

  static parley::CollectionSpec collection();

  /// Counts an attempt beforehand, so that many at once are as many. RATE_LIMITED while it is locked.
  void enter(const std::string& name);
  /// The password was right.
  void clear(const std::string& name);
  /// It was not tried after all.
  void takeBack(const std::string& name);
  /// Forgets what is old.
  void sweep();

 private:
  bool tryToEnter(const std::string& name);
  std::string forgetBefore() const;
  void refuseWhileLocked(const parley::Document& known) const;
  std::chrono::seconds lockAfter(std::int64_t count) const;

  parley::Scope& scope_;
  const Settings& settings_;
};

}  // namespace accounts
