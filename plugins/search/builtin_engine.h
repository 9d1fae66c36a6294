// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine.h"
#include "finder.h"
#include "pending.h"
#include "recent_versions.h"
#include "segment_list.h"
#include "segment_writer.h"

#include <parley/store.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace search {

struct IndexOptions {
  std::size_t flushMessages = 1024;                     ///< waiting messages that become a segment
  std::size_t maxPending = 65'536;                      ///< messages that may wait
  std::size_t maxPendingBytes = std::size_t{64} << 20;  ///< their text
  std::size_t mergeFactor = 8;                          ///< neighbouring segments that become one
  std::size_t maxSegment = 524'288;                     ///< messages of a segment
  std::size_t pageBytes = 8192;                         ///< text of a page, unless one term needs more
  std::size_t cacheBytes = std::size_t{64} << 20;       ///< tables of segments in memory
};

/// What the index asks of the place where messages are.
struct Source {
  ReadContents contents;
  /// Those of the sessions that are gone.
  std::function<std::set<std::string>(const std::vector<std::string>&)> goneSessions;
};

/// The index in the store. New messages wait in memory, where searches look through them, until there are enough for a
/// segment; segments of equal size are merged into one, so that a message is written a few times and a search looks
/// into a few segments.
///
/// What waits is lost when the process ends: the Follower brings it again.
class BuiltinEngine final : public Engine {
 public:
  BuiltinEngine(parley::Store& store, IndexOptions options, Source source);
  /// The collections must have been made.
  static std::vector<parley::CollectionSpec> collections();

  void open() override;
  Added add(Entry entry) override;
  void forgetSession(const std::string& sessionId) override;
  Found find(const Search& search) override;
  bool work(const std::stop_token& stop) override;
  void clear() override;
  State state() override;

 private:
  /// A run of neighbours.
  struct Window {
    std::size_t first = 0;
    std::size_t count = 0;
  };

  using Tables = std::vector<std::pair<SharedSegment, std::shared_ptr<const SessionTable>>>;

  bool knows(const Entry& entry);
  void withTables(const std::function<void(const Tables&)>& act);
  bool flushIsDue();
  void flush();
  void publish(const SharedSegment& segment, const SessionTable& table, const std::vector<SharedEntry>& entries);
  Window chooseMerge() const;
  Merge planMerge(const Window& window, const std::stop_token& stop);
  std::set<std::string> goneSessions(const Merge& plan) const;
  void merge(const Window& window, const std::stop_token& stop);
  void replace(const Merge& plan, Segment& merged, const SessionTable& table, Segments now);
  std::size_t levelOf(const Segment& segment) const;

  parley::Store& store_;
  const IndexOptions options_;
  const Source source_;
  SegmentCache cache_;
  SegmentList list_;

  std::mutex mutex_;
  Pending pending_;
  RecentVersions changes_;        ///< a segment does not say which version it has
  Segments segments_;             ///< oldest first; changed by the indexing thread alone, under the lock
  std::uint64_t generation_ = 0;  ///< of segments_
};

}  // namespace search
