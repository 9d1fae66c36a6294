// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace search {

/// A message, as far as it matters here.
struct Entry {
  std::string id;
  std::string sessionId;
  std::int64_t seq = 0;
  std::int64_t time = 0;       ///< createdAt, in milliseconds
  std::string text;            ///< empty: nothing to be found any more
  std::int64_t changedAt = 0;  ///< in milliseconds; 0: never, so that no earlier version can be in the index
};
using SharedEntry = std::shared_ptr<const Entry>;

/// A session, and from where on it may be seen.
struct Place {
  std::string sessionId;
  std::int64_t from = 1;
};

/// Newest first; messages of the same moment in a fixed order.
inline bool isNewer(std::int64_t timeA, std::string_view sessionA, std::int64_t seqA, std::int64_t timeB,
                    std::string_view sessionB, std::int64_t seqB) {
  if (timeA != timeB) return timeA > timeB;
  if (sessionA != sessionB) return sessionA < sessionB;
  return seqA > seqB;
}

}  // namespace search
