// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "settings.h"

#include <parley/plugin.h>

#include <optional>
#include <string>

namespace accounts {

/// Tokens of back ends: long-lived, named, and taken back by an admin. They are random, and looked up in the store each
/// time, by their SHA-256, so that one that was taken back counts nowhere from then on. [worker]
class ServiceTokens {
 public:
  static constexpr const char* prefix = "parley_st_";

  ServiceTokens(parley::Scope& scope, const Settings& settings) : scope_(scope), settings_(settings) {}

  static parley::CollectionSpec collection();

  std::optional<parley::CredentialHolder> holderOf(const std::string& token);

  // The routes.
  parley::HttpResponse create(const parley::HttpCall& call);
  parley::HttpResponse list(const parley::HttpCall& call);
  /// Ends the connections of the service on this node, too.
  parley::HttpResponse revoke(const parley::HttpCall& call);

 private:
  void requireAdmin(const parley::HttpCall& call) const;
  void noteUse(const parley::Document& token);

  parley::Scope& scope_;
  const Settings& settings_;
};

}  // namespace accounts
