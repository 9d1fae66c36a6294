// SPDX-License-Identifier: Apache-2.0
#include "delivery/audience.h"

#include <algorithm>
#include <utility>

namespace parley::delivery {

using realtime::SocketPtr;

Audience::Audience(std::vector<SocketPtr> sockets) {
  std::sort(sockets.begin(), sockets.end());
  sockets.erase(std::unique(sockets.begin(), sockets.end()), sockets.end());
  for (auto& socket : sockets) {
    const auto needed = socket->encodings();
    recoverable_ += needed.recoverable;
    bare_ += needed.bare;
    plain_ += needed.plain;
    auto* home = &socket->home();
    auto part = std::find_if(parts_.begin(), parts_.end(), [home](const Part& item) { return item.loop == home; });
    if (part == parts_.end()) part = parts_.insert(part, Part{home, {}});
    part->sockets.push_back(std::move(socket));
  }
}

bool Audience::has(const SocketPtr& socket) const {
  return std::any_of(parts_.begin(), parts_.end(), [&socket](const Part& part) {
    return std::find(part.sockets.begin(), part.sockets.end(), socket) != part.sockets.end();
  });
}

realtime::Encodings Audience::encodings(const SocketPtr& except) const {
  const auto without = except ? except->encodings() : realtime::Encodings{};
  return {.recoverable = recoverable_ > std::size_t{without.recoverable},
          .bare = bare_ > std::size_t{without.bare},
          .plain = plain_ > std::size_t{without.plain}};
}

}  // namespace parley::delivery
