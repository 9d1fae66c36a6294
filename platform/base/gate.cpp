// SPDX-License-Identifier: Apache-2.0
#include "base/gate.h"

#include <parley/error.h>

#include <utility>

namespace parley::base {

Gate::Gate(AuthMode mode, ParticipantCheck isParticipant) : mode_(mode), isParticipant_(std::move(isParticipant)) {}

void Gate::check(const Access& access, Caller& caller, const FieldLookup& field) const {
  if (access.level() == Access::Level::Anyone) return;
  identify(access, caller, field);
  const bool trustedBackEnd = mode_ == AuthMode::Open && caller.socketId.empty() && caller.userId.empty();
  if (caller.userId.empty() && !trustedBackEnd)
    throw Error(ErrorCode::Unauthenticated, caller.socketId.empty() ? "no identity" : "join first (user:join)");
  if (access.level() == Access::Level::Role && !trustedBackEnd && caller.role != access.requiredRole())
    throw Error(ErrorCode::Forbidden, "needs the role " + access.requiredRole());
  if (access.sessionField().empty() || trustedBackEnd) return;
  const auto session = field(access.sessionField());
  if (session && !session->empty() && !isParticipant_(*session, caller.userId))
    throw Error(ErrorCode::Forbidden, "not a participant of this session", {"access.notParticipant"});
}

void Gate::identify(const Access& access, Caller& caller, const FieldLookup& field) const {
  if (access.actorField().empty()) return;
  const auto actor = field(access.actorField());
  if (!actor || actor->empty()) return;
  if (caller.userId.empty() && caller.socketId.empty() && mode_ == AuthMode::Open) caller.userId = *actor;
  if (!caller.userId.empty() && caller.userId != *actor)
    throw Error(ErrorCode::Forbidden, access.actorField() + " is not the caller", {"access.anotherUser"});
}

}  // namespace parley::base
