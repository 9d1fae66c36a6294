// SPDX-License-Identifier: Apache-2.0
#include "host/token_desk.h"

#include "base/id.h"

#include <chrono>
#include <utility>

namespace parley::host {

namespace {

constexpr const char* keys = "authkeys";
/// {_id: userId, upTo}
constexpr const char* takenBack = "tokenstakenback";
constexpr const char* keyId = "tokens";
constexpr std::size_t secretBytes = 32;

}  // namespace

std::shared_ptr<const auth::OwnKey> loadOwnKey(Store& store, auth::Revocations& revocations) {
  store.define({.name = keys, .idFields = {}, .dateFields = {}, .indexes = {}});
  store.define({.name = takenBack, .idFields = {}, .dateFields = {"upTo"}, .indexes = {}});
  store.forEach(takenBack, {}, {}, [&revocations](Document&& one) {
    if (const auto upTo = timeOf(one, "upTo")) revocations.add(std::string(textOf(one, "_id")), *upTo);
    return true;
  });
  const auto stored =
      store.upsert(keys, where("_id") == Json(keyId), Update().setOnInsert("secret", base::randomToken(secretBytes)));
  return std::make_shared<const auth::OwnKey>(std::string(textOf(stored, "secret")));
}

TokenDesk::TokenDesk(std::shared_ptr<const auth::OwnKey> key, auth::Revocations& revocations, Store& store,
                     const Clock& clock, realtime::Registry& registry, Sockets& sockets)
    : key_(std::move(key)),
      revocations_(revocations),
      store_(store),
      clock_(clock),
      registry_(registry),
      sockets_(sockets) {}

Tokens::Issued TokenDesk::issue(const std::string& userId, const std::string& role, Millis lifetime) {
  if (!key_) throw Error(ErrorCode::FeatureDisabled, "auth.ownTokens is off: the server signs no tokens");
  const auto now = clock_.now();
  const auto end = std::chrono::floor<std::chrono::seconds>(now + lifetime);
  return {key_->sign({userId, role, false, end}, now), end};
}

void TokenDesk::takeBack(const std::string& userId) {
  if (!key_) return;
  const auto now = clock_.now();
  revocations_.add(userId, now);
  endConnections(userId, false);  // whatever the store says
  store_.upsert(takenBack, where("_id") == userId, Update().set("upTo", toIso8601(now)));
}

void TokenDesk::endConnections(const std::string& subject, bool service) {
  for (const auto& socket : registry_.all()) {
    const auto caller = registry_.identify(socket->id(), {});
    if (caller.subject == subject && caller.service == service) sockets_.disconnect(socket->id(), true);
  }
}

}  // namespace parley::host
