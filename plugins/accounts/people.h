// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/scope.h>

#include <optional>
#include <string>

namespace accounts {

/// One who has a password.
struct Account {
  std::string id;
  std::string name;  ///< as nameKey makes it; empty: another server's, which has not logged in here yet
  std::string username;
  std::string role;
  std::string hash;
  bool isActive = true;
};

/// The accounts among the users: those with a `password`. Their names are in `accountName`, each once; users of a
/// Mongoose server get theirs when they first log in. [worker]
class People {
 public:
  explicit People(parley::Scope& scope) : scope_(scope) {}

  static parley::CollectionSpec collection();

  struct NewAccount {
    parley::User user;  ///< without an id
    std::string hash;
  };
  /// CONFLICT when the name is taken.
  Account create(const NewAccount& account);

  std::optional<Account> findByName(const std::string& username);
  std::optional<Account> find(const std::string& id);
  bool hasAdmin();

  struct Change {
    std::optional<std::string> hash = {};
    std::optional<std::string> role = {};
    std::optional<bool> isActive = {};
  };
  /// NOT_FOUND when there is no such account. `ifHash`: CONFLICT when the password is not that one any more.
  void change(const std::string& id, const Change& change, const std::optional<std::string>& ifHash = {});

  /// After a login: gives the account its name where it has none, and `newHash` in the place of the hash that was
  /// checked.
  void remember(const Account& account, const std::string& newHash);

  /// The user stays, without a password.
  void forget(const std::string& id);

 private:
  parley::Scope& scope_;
};

}  // namespace accounts
