// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "auth/own_key.h"
#include "realtime/registry.h"

#include <parley/socket.h>
#include <parley/store.h>
#include <parley/time.h>
#include <parley/tokens.h>

#include <memory>
#include <string>

namespace parley::host {

/// The key of the server's own tokens: the one in the store, which all servers on it share; made where there is none.
std::shared_ptr<const auth::OwnKey> loadOwnKey(Store& store);

/// Gives out the server's own tokens. [any thread]
class TokenDesk final : public Tokens {
 public:
  /// `key`: null when there are none. The references outlive it.
  TokenDesk(std::shared_ptr<const auth::OwnKey> key, const Clock& clock, realtime::Registry& registry,
            Sockets& sockets);

  bool enabled() const override { return key_ != nullptr; }
  Issued issue(const std::string& userId, const std::string& role, Millis lifetime) override;
  void endConnections(const std::string& subject, bool service) override;

 private:
  const std::shared_ptr<const auth::OwnKey> key_;
  const Clock& clock_;
  realtime::Registry& registry_;
  Sockets& sockets_;
};

}  // namespace parley::host
