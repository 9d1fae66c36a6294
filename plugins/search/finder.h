// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine.h"
#include "segment.h"

#include <parley/store.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace search {

/// Reads the stored text of messages of one session: each(seq, content).
using ReadContents = std::function<void(std::string_view sessionId, const std::vector<std::int64_t>& seqs,
                                        const std::function<void(std::int64_t seq, std::string_view content)>& each)>;

/// One search through one state of the index. Exact: where the terms alone do not decide, the messages are read.
class Finder {
 public:
  Finder(parley::Store& store, SegmentCache& cache, const ReadContents& contents, const Search& search);

  Found find(const std::vector<SharedSegment>& segments, const std::vector<SharedEntry>& pending);

 private:
  struct Match {
    std::int64_t time;
    std::string_view sessionId;
    std::int64_t seq;
  };
  struct Matches {
    const Segment* segment;
    std::shared_ptr<const SessionTable> table;
    Bitmap places;
  };

  void searchPending(const std::vector<SharedEntry>& pending);
  void searchSegment(const Segment& segment);
  bool keepWithTerm(std::uint32_t segment, const Query::Term& term, Bitmap& places);
  void verify(const SessionTable& table, Bitmap& places);
  void collectNewest();
  bool isVisible(const Entry& entry) const;

  parley::Store& store_;
  SegmentCache& cache_;
  const ReadContents& contents_;
  const Search& search_;
  const Query query_;
  std::vector<Match> collected_;
  std::vector<Matches> inSegments_;
  std::int64_t total_ = 0;
};

}  // namespace search
