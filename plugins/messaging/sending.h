// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/plugin.h>

namespace messaging {

/// Takes messages from clients.
class Sending {
 public:
  explicit Sending(parley::Scope& scope) : scope_(scope) {}

  void send(const parley::EventCall& call, const parley::Reply& reply);
  void send(const parley::HttpCall& call, const parley::HttpReply& reply);
  /// Gives a draft without session the private session of its two users. Holds for every message, whoever sends it.
  void choosePrivateSession(parley::MessageDraft& draft);

 private:
  parley::Scope& scope_;
};

}  // namespace messaging
