// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "realtime/client_socket.h"

#include <string>

namespace parley::realtime {

/// The event with which a client shows another token before its old one ends: `auth:renew` {token}, in every namespace,
/// for the socket that it comes from. Acknowledged with {userId, expiresAt}. In open mode it is FEATURE_DISABLED.
class TokenRenewal {
 public:
  static const std::string event;
  static const std::string nameSpace;  ///< where its row is

  /// The references outlive it.
  TokenRenewal(EventTable& table, SocketServices& services);
  ~TokenRenewal();
  TokenRenewal(const TokenRenewal&) = delete;
  TokenRenewal& operator=(const TokenRenewal&) = delete;

 private:
  void renew(const EventCall& call, const Reply& reply) const;

  EventTable& table_;
  SocketServices& services_;
  EventTable::Id row_;
};

}  // namespace parley::realtime
