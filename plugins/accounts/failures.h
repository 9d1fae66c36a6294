// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/scope.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <string>

namespace accounts {

inline parley::Error tooManyAttempts(std::chrono::seconds wait) {
  const auto seconds = static_cast<int>(std::clamp<std::int64_t>(wait.count(), 1, std::numeric_limits<int>::max()));
  return {parley::ErrorCode::RateLimited,
          "too many attempts; try again in " + std::to_string(seconds) + " s",
          {"accounts.locked", {{"seconds", std::to_string(seconds)}}},
          seconds};
}

/// The same whether there is no such account, it is shut, or the password is another one.
inline parley::Error wrongPassword() {
  return {parley::ErrorCode::Unauthenticated, "the username or the password is wrong", {"accounts.wrong"}};
}

inline parley::Error endedLogin() {
  return {parley::ErrorCode::Unauthenticated, "the login has ended", {"accounts.ended"}};
}

inline void requireTokens(parley::Scope& scope) {
  if (!scope.tokens().enabled())
    throw parley::Error(parley::ErrorCode::FeatureDisabled, "auth.ownTokens is off: there are no accounts");
}

/// What a back end could do for itself with its token would outlast the token.
inline void requirePerson(const parley::Caller& caller) {
  if (caller.service) throw parley::Error(parley::ErrorCode::Forbidden, "an admin must do this, not a service");
}

}  // namespace accounts
