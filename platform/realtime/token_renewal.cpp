// SPDX-License-Identifier: Apache-2.0
#include "realtime/token_renewal.h"

#include "realtime/registry.h"

#include <parley/fields.h>

#include <limits>
#include <memory>
#include <utility>

namespace parley::realtime {

const std::string TokenRenewal::event = "auth:renew";
const std::string TokenRenewal::nameSpace = "/";

TokenRenewal::TokenRenewal(EventTable& table, SocketServices& services)
    : table_(table),
      services_(services),
      row_(table.add({nameSpace, event, "the server", Access::connected().limitedAs(RateClass::Auth),
                      [this](const EventCall& call, const Reply& reply) { renew(call, reply); }})) {}

TokenRenewal::~TokenRenewal() {
  table_.remove(row_);
}

void TokenRenewal::renew(const EventCall& call, const Reply& reply) const {
  if (services_.tokens == nullptr) throw Error(ErrorCode::FeatureDisabled, "auth.mode is open: there are no tokens");
  auto token = Fields(call.data()).text("token", std::numeric_limits<std::size_t>::max());
  const auto renewed = [&registry = services_.registry, socketId = call.caller.socketId,
                        reply](Result<auth::Identity> who) {
    if (!who) return reply(who.error());
    const auto identity = std::make_shared<const auth::Identity>(std::move(who).value());
    const auto socket = registry.find(socketId);
    if (!socket || !registry.renew(socketId, identity))
      return reply(Error(ErrorCode::Forbidden, "the token is not the one of whom this socket belongs to",
                         {"access.anotherUser"}));
    socket->home().post([socket, end = identity->expiresAt] { socket->holdUntil(end); });
    reply(Answer(JsonObject{{"userId", identity->subject}, {"expiresAt", toIso8601(identity->expiresAt)}}));
  };
  services_.tokens->verifier.verify(std::move(token), renewed, call.caller.address);
}

}  // namespace parley::realtime
