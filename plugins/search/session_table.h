// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bitmap.h"
#include "entry.h"
#include "pages.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace search {

/// Which messages a segment has: the sessions in the order of their ids, each with its numbers (`seq`) in order. The
/// place of a message in this order is what postings name.
class SessionTable {
 public:
  /// Messages come in order.
  void add(std::string_view sessionId, std::int64_t seq);
  void write(PageWriter& writer) const;
  static SessionTable read(parley::Store& store, std::uint32_t segment);

  std::uint32_t size() const { return size_; }
  std::optional<std::uint32_t> find(std::string_view sessionId, std::int64_t seq) const;
  /// What somebody may see; `places` in the order of their ids.
  Bitmap visible(const std::vector<Place>& places) const;
  void markSession(std::string_view sessionId, Bitmap& marked) const;

  std::vector<std::string> sessions() const;

  struct Where {
    std::string_view sessionId;  ///< valid as long as the table
    std::int64_t seq = 0;
  };
  Where at(std::uint32_t place) const;

  /// Calls each(sessionId, seq, place) for all.
  template <typename Each>
  void forEach(const Each& each) const {
    std::uint32_t place = 0;
    for (std::size_t row = 0; row < rows_.size(); ++row)
      for (auto run = rows_[row].firstRun; run < runEnd(row); ++run)
        for (std::uint32_t i = 0; i < lengthOf(run); ++i) each(nameOf(row), runs_[run].seq + i, place++);
  }
  std::size_t bytes() const;

 private:
  struct Row {
    std::uint32_t nameAt;
    std::uint32_t firstRun;
  };
  /// Numbers without a gap.
  struct Run {
    std::int64_t seq;
    std::uint32_t place;
  };

  std::string_view nameOf(std::size_t row) const;
  std::uint32_t runEnd(std::size_t row) const;
  std::uint32_t lengthOf(std::uint32_t run) const;
  std::optional<std::size_t> rowOf(std::string_view sessionId) const;

  std::string names_;
  std::vector<Row> rows_;
  std::vector<Run> runs_;
  std::uint32_t size_ = 0;
  std::int64_t lastSeq_ = 0;
};

}  // namespace search
