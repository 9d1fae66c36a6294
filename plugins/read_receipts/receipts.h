// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/plugin.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace read_receipts {

struct Settings {
  std::size_t messagesPerCall = 100;
  std::int64_t statusesPerRead = 50;
  std::size_t toldMembers = 100;
};

/// Takes down what was read, tells those who wait to know, and counts what was not.
class Receipts {
 public:
  Receipts(parley::Scope& scope, Settings settings) : scope_(scope), settings_(settings) {}

  void readMessages(const parley::EventCall& call, const parley::Reply& reply);
  void readMessage(const parley::HttpCall& call, const parley::HttpReply& reply);
  void readSession(const parley::EventCall& call, const parley::Reply& reply);
  parley::Answer unread(const parley::EventCall& call);
  parley::HttpResponse unread(const parley::HttpCall& call);

 private:
  void tellOfMessage(const std::string& messageId, const parley::Reads::Marked& marked, const std::string& fromSocket);
  void tellOfSession(const parley::Reads::Marked& marked, std::int64_t upToSeq, const std::string& fromSocket);
  void tellStatuses(const parley::Reads::Marked& marked, const std::string& senderId);
  parley::JsonObject countFor(const std::string& userId);

  parley::Scope& scope_;
  Settings settings_;
};

}  // namespace read_receipts
