// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rules.h"

#include <parley/plugin.h>

#include <string>

namespace group_chat {

/// Who comes and goes, who may do what, who is muted.
class GroupMembers {
 public:
  GroupMembers(parley::Scope& scope, const Rules& rules) : scope_(scope), rules_(rules) {}

  parley::HttpResponse invite(const parley::HttpCall& call);
  parley::HttpResponse remove(const parley::HttpCall& call);
  parley::HttpResponse change(const parley::HttpCall& call);

 private:
  parley::Member memberOf(const std::string& sessionId, const std::string& userId);
  bool passOn(const Actor& actor);
  parley::Member handOver(const Actor& actor, const std::string& userId);

  parley::Scope& scope_;
  const Rules& rules_;
};

}  // namespace group_chat
