// SPDX-License-Identifier: Apache-2.0
#include "plugin/ledger.h"

#include "base/log.h"

#include <exception>

namespace parley::plugin {

void Ledger::undoAll() {
  while (!entries_.empty()) {
    const auto [what, undo] = std::move(entries_.back());
    entries_.pop_back();
    try {
      undo();
    } catch (const std::exception& error) {
      base::log("plugins").error("cannot undo {}: {}", what, error.what());
    }
  }
}

}  // namespace parley::plugin
