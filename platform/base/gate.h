// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/counters.h"
#include "base/rate_limits.h"

#include <parley/access.h>
#include <parley/error.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace parley::base {

enum class AuthMode { Open, Jwt };

constexpr std::size_t errorCodes = static_cast<std::size_t>(ErrorCode::Unavailable) + 1;

/// The one place where an Access is checked against a Caller, and calls are counted, for events and routes alike.
/// [worker: asks the store]
class Gate {
 public:
  /// Whether a user takes part in a session; throws NOT_FOUND when there is no such session.
  using ParticipantCheck = std::function<bool(const std::string& sessionId, const std::string& userId)>;
  /// The text of a field of the call; nothing when it is absent or not text.
  using FieldLookup = std::function<std::optional<std::string>(std::string_view field)>;

  /// Whether a user has been erased: quick.
  using ErasedCheck = std::function<bool(const std::string& userId)>;

  /// `limits` outlives the gate; null: calls are not limited.
  Gate(AuthMode mode, ParticipantCheck isParticipant, RateLimits* limits = nullptr, ErasedCheck isErased = {});

  /// Throws RATE_LIMITED, UNAUTHENTICATED, FORBIDDEN or NOT_FOUND. A caller who may act for others, as an HTTP caller
  /// without identity in open mode, becomes whom the acting field names: `caller.userId` is set then.
  void check(const Access& access, Caller& caller, const FieldLookup& field) const;

  /// To be held while a call that was checked runs, where a user may make only so many at once; null where not. Throws
  /// RATE_LIMITED.
  std::shared_ptr<void> enter(const Access& access, const Caller& caller) const;

  /// Counts a call that was refused before it could be checked, for want of a token that counts. [any thread]
  void countRefusal(const Access& access, const Error& error) const;

  /// How many calls of a class were refused with a code. [any thread]
  std::uint64_t refused(RateClass rateClass, ErrorCode code) const;

 private:
  void decide(const Access& access, Caller& caller, const FieldLookup& field) const;
  void identify(const Access& access, Caller& caller, const FieldLookup& field) const;
  bool isTrusted(const Caller& caller) const;
  void requireIdentity(const Access& access, const Caller& caller) const;

  AuthMode mode_;
  ParticipantCheck isParticipant_;
  RateLimits* limits_;
  ErasedCheck isErased_;
  mutable std::array<std::array<Counter, errorCodes>, rateClasses.size()> refused_;
};

}  // namespace parley::base
