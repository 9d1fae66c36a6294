// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/plugin.h>

namespace presence {

/// Answers who is online, and takes what users say of themselves.
class People {
 public:
  explicit People(parley::Scope& scope) : scope_(scope) {}

  parley::Answer onlineFor(const parley::EventCall& call);
  parley::HttpResponse online();
  parley::Answer setStatus(const parley::EventCall& call);

 private:
  parley::JsonArray onlineUsers();

  parley::Scope& scope_;
};

}  // namespace presence
