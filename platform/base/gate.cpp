// SPDX-License-Identifier: Apache-2.0
#include "base/gate.h"

#include <utility>

namespace parley::base {

Gate::Gate(AuthMode mode, ParticipantCheck isParticipant, RateLimits* limits, ErasedCheck isErased)
    : mode_(mode), isParticipant_(std::move(isParticipant)), limits_(limits), isErased_(std::move(isErased)) {}

void Gate::check(const Access& access, Caller& caller, const FieldLookup& field) const {
  try {
    decide(access, caller, field);
  } catch (const Error& error) {
    countRefusal(access, error);
    throw;
  }
}

void Gate::decide(const Access& access, Caller& caller, const FieldLookup& field) const {
  const bool isCounted = limits_ == nullptr || limits_->count(access.rateClass(), caller);
  if (access.level() == Access::Level::Anyone) return;
  if (mode_ == AuthMode::Jwt && caller.subject.empty()) throw Error(ErrorCode::Unauthenticated, "a token is needed");
  if (isErased_ && !caller.service && isErased_(caller.subject.empty() ? caller.userId : caller.subject))
    throw Error(ErrorCode::Unauthenticated, "the token is not valid", {"user.erased"});
  identify(access, caller, field);
  requireIdentity(access, caller);
  if (!isCounted) limits_->countUser(access.rateClass(), caller);  // before the store is asked
  if (access.level() == Access::Level::Role && !isTrusted(caller) && !caller.service &&
      caller.role != access.requiredRole())
    throw Error(ErrorCode::Forbidden, "needs the role " + access.requiredRole());
  if (access.sessionField().empty() || isTrusted(caller)) return;
  const auto session = field(access.sessionField());
  if (session && !session->empty() && !isParticipant_(*session, caller.userId))
    throw Error(ErrorCode::Forbidden, "not a participant of this session", {"access.notParticipant"});
}

std::shared_ptr<void> Gate::enter(const Access& access, const Caller& caller) const {
  if (limits_ == nullptr) return nullptr;
  try {
    return limits_->enter(access.rateClass(), caller);
  } catch (const Error& error) {
    countRefusal(access, error);
    throw;
  }
}

std::uint64_t Gate::refused(RateClass rateClass, ErrorCode code) const {
  return refused_.at(static_cast<std::size_t>(rateClass)).at(static_cast<std::size_t>(code)).get();
}

void Gate::countRefusal(const Access& access, const Error& error) const {
  refused_.at(static_cast<std::size_t>(access.rateClass())).at(static_cast<std::size_t>(error.code())).add();
}

/// A back end that calls for nobody.
bool Gate::isTrusted(const Caller& caller) const {
  return caller.socketId.empty() && caller.userId.empty() && (mode_ == AuthMode::Open || caller.service);
}

void Gate::requireIdentity(const Access& access, const Caller& caller) const {
  if (access.level() == Access::Level::Connected) {
    if (caller.socketId.empty()) throw Error(ErrorCode::Unauthenticated, "is for sockets");
  } else if (caller.userId.empty() && !isTrusted(caller)) {
    throw Error(ErrorCode::Unauthenticated, caller.socketId.empty() ? "no identity" : "join first (user:join)");
  }
}

void Gate::identify(const Access& access, Caller& caller, const FieldLookup& field) const {
  if (access.actorField().empty()) return;
  const auto actor = field(access.actorField());
  if (!actor || actor->empty()) return;
  const bool isJoining = access.level() == Access::Level::Connected;
  const bool isBackEnd = mode_ == AuthMode::Open && caller.socketId.empty() && caller.userId.empty();
  if (!isJoining && (isBackEnd || caller.actsForOthers())) caller.userId = *actor;
  // Whoever joins is only about to become that user.
  const auto& allowed = !isJoining ? caller.userId : caller.actsForOthers() ? *actor : caller.subject;
  if (!allowed.empty() && allowed != *actor)
    throw Error(ErrorCode::Forbidden, access.actorField() + " is not the caller", {"access.anotherUser"});
}

}  // namespace parley::base
