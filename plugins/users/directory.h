// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/plugin.h>

#include <cstdint>

namespace users {

/// Lets sockets join as users, and lists the users.
class Directory {
 public:
  Directory(parley::Scope& scope, std::int64_t pageSize) : scope_(scope), pageSize_(pageSize) {}

  void join(const parley::EventCall& call, const parley::Reply& reply);
  parley::HttpResponse list(const parley::HttpCall& call);

 private:
  parley::Scope& scope_;
  std::int64_t pageSize_;
};

}  // namespace users
