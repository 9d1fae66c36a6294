// SPDX-License-Identifier: Apache-2.0
#include "session_table.h"

#include "numbers.h"

#include <algorithm>

using namespace parley;

namespace search {

void SessionTable::add(std::string_view sessionId, std::int64_t seq) {
  const bool sameSession = !rows_.empty() && nameOf(rows_.size() - 1) == sessionId;
  if (!sameSession) {
    rows_.push_back({static_cast<std::uint32_t>(names_.size()), static_cast<std::uint32_t>(runs_.size())});
    names_ += sessionId;
  }
  if (!sameSession || seq != lastSeq_ + 1) runs_.push_back({seq, size_});
  lastSeq_ = seq;
  ++size_;
}

void SessionTable::write(PageWriter& writer) const {
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    std::string numbers;
    std::int64_t next = 0;
    for (auto run = rows_[row].firstRun; run < runEnd(row); ++run) {
      appendNumber(numbers, static_cast<std::uint64_t>(runs_[run].seq - next));
      appendNumber(numbers, lengthOf(run));
      next = runs_[run].seq + lengthOf(run);
    }
    writer.add(PageKind::Sessions, nameOf(row), numbers);
  }
}

SessionTable SessionTable::read(Store& store, std::uint32_t segment) {
  SessionTable table;
  store.forEach(
      pagesCollection, pagesOf(segment, PageKind::Sessions), {.sort = {{"_id"}}}, [&table](Document&& document) {
        PageReader page(textOf(document, "data"));
        for (PageEntry entry; page.next(entry);) {
          table.rows_.push_back(
              {static_cast<std::uint32_t>(table.names_.size()), static_cast<std::uint32_t>(table.runs_.size())});
          table.names_ += entry.key;
          std::int64_t next = 0;
          for (NumberReader numbers(entry.numbers); !numbers.done();) {
            const auto seq = next + static_cast<std::int64_t>(numbers.next());
            const auto length = static_cast<std::uint32_t>(numbers.next());
            table.runs_.push_back({seq, table.size_});
            table.size_ += length;
            next = seq + length;
          }
        }
        return true;
      });
  return table;
}

std::string_view SessionTable::nameOf(std::size_t row) const {
  const auto begin = rows_[row].nameAt;
  const auto end = row + 1 < rows_.size() ? rows_[row + 1].nameAt : names_.size();
  return std::string_view(names_).substr(begin, end - begin);
}

std::uint32_t SessionTable::runEnd(std::size_t row) const {
  return row + 1 < rows_.size() ? rows_[row + 1].firstRun : static_cast<std::uint32_t>(runs_.size());
}

std::uint32_t SessionTable::lengthOf(std::uint32_t run) const {
  return (run + 1 < runs_.size() ? runs_[run + 1].place : size_) - runs_[run].place;
}

std::optional<std::size_t> SessionTable::rowOf(std::string_view sessionId) const {
  std::size_t low = 0;
  std::size_t high = rows_.size();
  while (low < high) {
    const auto middle = (low + high) / 2;
    if (nameOf(middle) < sessionId)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == rows_.size() || nameOf(low) != sessionId) return std::nullopt;
  return low;
}

std::optional<std::uint32_t> SessionTable::find(std::string_view sessionId, std::int64_t seq) const {
  const auto row = rowOf(sessionId);
  if (!row) return std::nullopt;
  const auto begin = runs_.begin() + rows_[*row].firstRun;
  auto run = std::upper_bound(begin, runs_.begin() + runEnd(*row), seq,
                              [](std::int64_t wanted, const Run& candidate) { return wanted < candidate.seq; });
  if (run == begin) return std::nullopt;
  --run;
  const auto offset = seq - run->seq;
  if (offset >= lengthOf(static_cast<std::uint32_t>(run - runs_.begin()))) return std::nullopt;
  return run->place + static_cast<std::uint32_t>(offset);
}

Bitmap SessionTable::visible(const std::vector<Place>& places) const {
  Bitmap seen(size_);
  for (const auto& place : places) {
    const auto row = rowOf(place.sessionId);
    if (!row) continue;
    for (auto run = rows_[*row].firstRun; run < runEnd(*row); ++run) {
      const auto hidden = std::clamp<std::int64_t>(place.from - runs_[run].seq, 0, lengthOf(run));
      seen.setRange(runs_[run].place + static_cast<std::size_t>(hidden), runs_[run].place + lengthOf(run));
    }
  }
  return seen;
}

void SessionTable::markSession(std::string_view sessionId, Bitmap& marked) const {
  const auto row = rowOf(sessionId);
  if (!row) return;
  const auto end = runEnd(*row);
  marked.setRange(runs_[rows_[*row].firstRun].place, end < runs_.size() ? runs_[end].place : size_);
}

std::vector<std::string> SessionTable::sessions() const {
  std::vector<std::string> names;
  for (std::size_t row = 0; row < rows_.size(); ++row) names.emplace_back(nameOf(row));
  return names;
}

SessionTable::Where SessionTable::at(std::uint32_t place) const {
  auto run = std::upper_bound(runs_.begin(), runs_.end(), place,
                              [](std::uint32_t wanted, const Run& candidate) { return wanted < candidate.place; });
  --run;
  const auto number = static_cast<std::uint32_t>(run - runs_.begin());
  auto row = std::upper_bound(rows_.begin(), rows_.end(), number,
                              [](std::uint32_t wanted, const Row& candidate) { return wanted < candidate.firstRun; });
  --row;
  return {nameOf(static_cast<std::size_t>(row - rows_.begin())), run->seq + (place - run->place)};
}

std::size_t SessionTable::bytes() const {
  return sizeof *this + names_.capacity() + rows_.capacity() * sizeof(Row) + runs_.capacity() * sizeof(Run);
}

}  // namespace search
