// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rules.h"

#include <parley/plugin.h>

#include <string>
#include <string_view>
#include <vector>

namespace group_chat {

/// A member as the API shows it.
parley::JsonObject toJson(const parley::Member& member, const parley::User& user);
/// Likewise of several, asking for all their users at once.
parley::JsonArray toJson(parley::Scope& scope, const std::vector<parley::Member>& members);
/// The field's user ids. VALIDATION_FAILED, naming it, for anything but a list of at most `max` of them.
std::vector<std::string> userIdsOf(const parley::Json& body, std::string_view field, std::int64_t max);

/// Makes groups, shows, renames and dissolves them.
class Groups {
 public:
  Groups(parley::Scope& scope, const Rules& rules) : scope_(scope), rules_(rules) {}

  parley::HttpResponse create(const parley::HttpCall& call);
  parley::HttpResponse show(const parley::HttpCall& call);
  parley::HttpResponse edit(const parley::HttpCall& call);
  parley::HttpResponse dissolve(const parley::HttpCall& call);

 private:
  parley::Json shown(const parley::Session& session, const std::string& viewer);

  parley::Scope& scope_;
  const Rules& rules_;
};

}  // namespace group_chat
