// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "segment.h"

#include <parley/store.h>

#include <cstdint>
#include <map>
#include <vector>

namespace search {

inline constexpr const char* stateCollection = "search_state";

using Segments = std::vector<SharedSegment>;

/// The one document that says which segments count: to replace it is what makes a change of them whole. Pages of others
/// are removed when nobody reads them any more; what a crash has left behind, at the next start. [one thread]
class SegmentList {
 public:
  explicit SegmentList(parley::Store& store) : store_(store) {}

  /// The segments that count, oldest first; nothing when they are of another layout.
  Segments load();
  /// A number for a segment that is about to be written.
  std::uint32_t begin();
  /// It could not be written.
  void abandon(std::uint32_t number) { unlisted_.insert_or_assign(number, nullptr); }
  /// From now on these count; `written` is among them now, `dropped` are not any more.
  void save(const Segments& segments, std::uint32_t written, const Segments& dropped);
  /// Removes the pages of one segment that does not count; false when there is none.
  bool removeUnlisted();

 private:
  void store(const Segments& segments);

  parley::Store& store_;
  std::uint32_t next_ = 1;
  std::map<std::uint32_t, SharedSegment> unlisted_;  ///< being written, or to be removed
};

}  // namespace search
