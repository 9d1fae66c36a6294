// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bitmap.h"
#include "session_table.h"

#include <parley/store.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace search {

/// Messages of a segment that are not to be found in it: a later segment has them, or their session is gone. [any
/// thread]
class Hidden {
 public:
  explicit Hidden(std::size_t size) : words_((size + 63) / 64) {}
  void mark(std::size_t at) {
    const auto bit = std::uint64_t{1} << (at % 64);
    if ((words_[at / 64].fetch_or(bit, std::memory_order_relaxed) & bit) == 0) ++count_;
  }
  bool has(std::size_t at) const { return (words_[at / 64].load(std::memory_order_relaxed) >> (at % 64) & 1) != 0; }
  std::size_t count() const { return count_; }

 private:
  std::vector<std::atomic<std::uint64_t>> words_;
  std::atomic<std::size_t> count_{0};
};

/// An unchanging part of the index, written once. Later segments are stronger: what a segment says of a message it
/// names in its rewrites counts instead of what earlier ones say.
struct SegmentInfo {
  std::uint32_t number = 0;
  std::uint32_t messages = 0;
  std::int64_t minTime = 0;
  std::int64_t maxTime = 0;
  std::uint32_t rewrites = 0;
};

struct Segment {
  explicit Segment(SegmentInfo about) : info(about), hidden(about.messages) {}
  const SegmentInfo info;
  Hidden hidden;
};
using SharedSegment = std::shared_ptr<Segment>;

/// Times of a segment's messages, by place.
using Times = std::vector<std::int64_t>;

std::vector<Place> readRewrites(parley::Store& store, std::uint32_t segment);

/// What of the segments is kept in memory: as much as the budget allows, the rest is read again. [any thread]
class SegmentCache {
 public:
  SegmentCache(parley::Store& store, std::size_t maxBytes) : store_(store), maxBytes_(maxBytes) {}

  std::shared_ptr<const SessionTable> table(std::uint32_t segment);
  std::shared_ptr<const Times> times(std::uint32_t segment);
  void drop(std::uint32_t segment);
  std::size_t bytes() const;

 private:
  using Key = std::pair<std::uint32_t, PageKind>;
  struct Kept {
    Key key;
    std::shared_ptr<const void> value;
    std::size_t bytes;
  };

  std::shared_ptr<const void> find(const Key& key);
  void keep(const Key& key, std::shared_ptr<const void> value, std::size_t bytes);
  void remove(std::list<Kept>::iterator kept);

  parley::Store& store_;
  const std::size_t maxBytes_;
  mutable std::mutex mutex_;
  std::list<Kept> recent_;
  std::map<Key, std::list<Kept>::iterator> byKey_;
  std::size_t bytes_ = 0;
};

}  // namespace search
