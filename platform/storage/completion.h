// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/log.h"

#include <exception>

namespace parley::storage {

/// Calls what a caller of the store has left with it: nothing that it throws reaches the thread that writes.
template <typename Call>
void complete(const Call& call) {
  try {
    call();
  } catch (const std::exception& error) {
    base::log("storage").error("a completion has thrown: {}", error.what());
  } catch (...) {
    base::log("storage").error("a completion has thrown an exception of unknown type");
  }
}

}  // namespace parley::storage
