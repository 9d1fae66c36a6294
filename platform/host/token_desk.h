// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "auth/own_key.h"
#include "auth/revocations.h"
#include "realtime/registry.h"

#include <parley/socket.h>
#include <parley/store.h>
#include <parley/time.h>
#include <parley/tokens.h>

#include <memory>
#include <string>

namespace parley::host {

/// The key of the server's own tokens: the one in the store, which all servers on it share; made where there is none.
/// Also adds which of them were taken back.
std::shared_ptr<const auth::OwnKey> loadOwnKey(Store& store, auth::Revocations& revocations);

/// Gives out the server's own tokens. [any thread]
class TokenDesk final : public Tokens {
 public:
  /// `key`: null when there are none. The references outlive it.
  TokenDesk(std::shared_ptr<const auth::OwnKey> key, auth::Revocations& revocations, Store& store, const Clock& clock,
            realtime::Registry& registry, Sockets& sockets);

  bool enabled() const override { return key_ != nullptr; }
  Issued issue(const std::string& userId, const std::string& role, Millis lifetime) override;
  void takeBack(const std::string& userId) override;
  void endConnections(const std::string& subject, bool service) override;

 private:
  const std::shared_ptr<const auth::OwnKey> key_;
  auth::Revocations& revocations_;
  Store& store_;
  const Clock& clock_;
  realtime::Registry& registry_;
  Sockets& sockets_;
};

}  // namespace parley::host
