// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/plugin.h>

#include <string>

namespace recall {

struct Settings {
  parley::Millis window{120'000};
  bool moderators = false;
};

/// Takes back what was written: the message stays, without its content.
class Recalls {
 public:
  Recalls(parley::Scope& scope, Settings settings) : scope_(scope), settings_(settings) {}

  parley::Answer recall(const parley::EventCall& call);
  parley::HttpResponse recall(const parley::HttpCall& call);
  void announce(const parley::hooks::MessageChanged::Change& change);

 private:
  parley::JsonObject recall(const std::string& messageId, const parley::Caller& caller);
  void checkMay(const parley::Message& message, const parley::Caller& caller);
  bool isModerator(const parley::Message& message, const parley::Caller& caller);

  parley::Scope& scope_;
  Settings settings_;
};

}  // namespace recall
