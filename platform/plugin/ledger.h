// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace parley::plugin {

/// What was registered for a plugin, and how each is undone. [host]
class Ledger {
 public:
  void add(std::string what, std::function<void()> undo) { entries_.emplace_back(std::move(what), std::move(undo)); }

  /// Undoes all in reverse; what fails is logged and does not keep the rest.
  void undoAll();

 private:
  std::vector<std::pair<std::string, std::function<void()>>> entries_;
};

}  // namespace parley::plugin
