// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/plugin.h>

#include <cstddef>
#include <string>
#include <vector>

namespace forwarding {

/// Sends copies of a message elsewhere.
class Forwarding {
 public:
  Forwarding(parley::Scope& scope, std::size_t maxTargets) : scope_(scope), maxTargets_(maxTargets) {}

  void forward(const parley::EventCall& call, const parley::Reply& reply);
  void forward(const parley::HttpCall& call, const parley::HttpReply& reply);

 private:
  using Done = std::function<void(parley::JsonArray results)>;

  std::vector<parley::MessageDraft> targetsOf(const parley::Json& body, const parley::Caller& caller) const;
  parley::Message sourceFor(const std::string& messageId, const std::string& userId);
  void send(const parley::Message& source, std::vector<parley::MessageDraft> targets, Done done);

  parley::Scope& scope_;
  std::size_t maxTargets_;
};

}  // namespace forwarding
