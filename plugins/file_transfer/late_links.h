// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/scope.h>

#include <functional>
#include <string>

namespace file_transfer {

/// Finds the messages with a file that were stored while the plugin was off or started anew, and so were told to none
/// of its hooks. The store has the time up to which none is missing. [worker]
class LateLinks {
 public:
  using Link = std::function<void(const parley::Message&)>;

  /// `link`: for each message whose `fileUrl` is a file of ours; again for some.
  LateLinks(parley::Scope& scope, Link link) : scope_(scope), link_(std::move(link)) {}

  static parley::CollectionSpec collection();

  /// Begins anew.
  void start();
  /// Takes the next messages. True when none is missing any more.
  bool step();

 private:
  bool takeSome();

  parley::Scope& scope_;
  const Link link_;
  std::string position_;       ///< those with a larger id are next
  parley::Time watchUntil_{};  ///< then the hooks have been there for long enough
  bool isComplete_ = false;
};

}  // namespace file_transfer
