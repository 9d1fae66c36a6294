// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/plugin.h>

namespace messaging {

/// Deletes messages for everybody.
class Deleting {
 public:
  explicit Deleting(parley::Scope& scope) : scope_(scope) {}

  parley::HttpResponse remove(const parley::HttpCall& call);
  void announce(const parley::hooks::MessageChanged::Change& change);

 private:
  bool may(const parley::Message& message, const parley::Caller& caller);

  parley::Scope& scope_;
};

}  // namespace messaging
