// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

namespace parley::chat {

/// Shared by all that somebody may have to wait for: whoever lets go last runs `atEnd`, which may be set while others
/// hold it.
struct Lease {
  Lease() = default;
  ~Lease() {
    if (atEnd) atEnd();
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  std::function<void()> atEnd;
};

}  // namespace parley::chat
