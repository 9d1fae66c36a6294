// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "address_limit.h"
#include "hash_line.h"
#include "late_answers.h"
#include "logins.h"
#include "name_lock.h"
#include "passwords.h"
#include "people.h"
#include "settings.h"

#include <parley/plugin.h>

#include <functional>
#include <string>

namespace accounts {

/// What the routes do. All are FEATURE_DISABLED while the server signs no tokens. [worker]
class Doors {
 public:
  /// `wrongPasswords` counts them.
  Doors(parley::Scope& scope, const Settings& settings, parley::Metric& wrongPasswords);

  void registerUser(const parley::HttpCall& call, const parley::HttpReply& reply);
  void login(const parley::HttpCall& call, const parley::HttpReply& reply);
  parley::HttpResponse refresh(const parley::HttpCall& call);
  parley::HttpResponse logout(const parley::HttpCall& call);
  parley::HttpResponse me(const parley::HttpCall& call);
  void changePassword(const parley::HttpCall& call, const parley::HttpReply& reply);
  /// Erases the caller, who shows that they know the password.
  void eraseMe(const parley::HttpCall& call, const parley::HttpReply& reply);
  /// For admins.
  void createUser(const parley::HttpCall& call, const parley::HttpReply& reply);
  void changeUser(const parley::HttpCall& call, const parley::HttpReply& reply);

  /// Makes the first admin where one is due. [host]
  void start();
  /// A token may be older than the role of its bearer: that of the account counts.
  void beforeJoin(parley::hooks::UserJoin::Join& join);
  void sweep();
  parley::Json exportData(const std::string& userId);
  void eraseData(const std::string& userId);

 private:
  parley::HttpResponse answer(int status, const Account& account, const Logins::Ticket& ticket);
  /// Passes answers on: that the name or the password is wrong at a multiple of `wrongAnswerMillis` after now, whatever
  /// was looked up and checked for it. Bcrypt takes another time than argon2id. To check against both would even it out
  /// too, at the cost of many times the work, which is what those who guess in great numbers are after; waiting costs
  /// nothing, and a login that succeeds does not wait. What is left to see is that under load a check may take longer
  /// than one interval, and bcrypt more often so.
  parley::HttpReply inEvenTime(const parley::HttpReply& reply);
  HashLine::Turn turnOf(const parley::HttpCall& call);
  struct Checked {
    bool right = false;
    std::string hash;  ///< what is to be kept
  };
  HashLine::Turn check(const std::string& lock, const parley::HttpCall& call);
  /// Checks a password when its turn has come, and answers; what was not checked is no attempt.
  void runChecked(HashLine::Turn turn, const std::string& lock, const parley::HttpCall& call,
                  std::function<Checked()> hash, std::function<parley::HttpResponse(const Checked&)> answer,
                  const parley::HttpReply& reply);
  /// CONFLICT when others have changed the account, or its password, while that waited to be checked; `hash`: what it
  /// has otherwise.
  void requireUnchanged(const Account& account, const std::string& hash);
  void passed(const std::string& lock, const std::string& address);
  void endAll(const std::string& userId);

  parley::Scope& scope_;
  const Settings& settings_;
  Passwords passwords_;
  HashLine line_;
  People people_;
  Logins logins_;
  NameLock locks_;
  AddressLimit addresses_;
  LateAnswers late_;
  parley::Metric& wrongPasswords_;
};

}  // namespace accounts
