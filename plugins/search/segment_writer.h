// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "entry.h"
#include "segment.h"

#include <parley/store.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace search {

/// Writes messages as a segment; all its pages are durable when this returns. Throws Error.
SegmentInfo writeSegment(parley::Store& store, std::uint32_t number, std::vector<SharedEntry> entries,
                         std::size_t pageBytes);

struct MergeInput {
  SharedSegment segment;
  std::shared_ptr<const SessionTable> table;
  std::shared_ptr<const Times> times;
  Bitmap hidden;  ///< when the merge began
};

struct Merge {
  std::vector<MergeInput> inputs;      ///< neighbours, oldest first
  std::set<std::string> goneSessions;  ///< left out
  std::vector<Place> rewrites;         ///< of the result
  std::size_t pageBytes = 0;
  /// Called between terms: other work that must not wait for the end. May throw to give up.
  std::function<void()> breathe;
};

/// Writes one segment with what several have, without what is hidden. Holds the places of their messages in memory and
/// the postings of one term.
SegmentInfo mergeSegments(parley::Store& store, std::uint32_t number, const Merge& merge);

}  // namespace search
