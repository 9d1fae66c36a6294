// SPDX-License-Identifier: Apache-2.0
#include "segment_writer.h"

#include "numbers.h"
#include "query.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <limits>
#include <map>
#include <string_view>
#include <thread>
#include <tuple>
#include <unordered_map>
#include <utility>

using namespace parley;

namespace search {

namespace {

constexpr std::size_t timesPerPage = 4096;
constexpr std::int64_t termPagesAtOnce = 8;
constexpr std::uint32_t entriesPerTurn = 128;
constexpr auto nowhere = std::numeric_limits<std::uint32_t>::max();

/// Places, ascending, as differences.
struct Postings {
  std::string numbers;
  std::uint32_t next = 0;
  void add(std::uint32_t place) {
    if (place < next) return;  // the same again
    appendNumber(numbers, place - next);
    next = place + 1;
  }
};

void writeTimes(PageWriter& writer, const Times& times) {
  for (std::size_t first = 0; first < times.size(); first += timesPerPage) {
    std::array<char, 24> key{};
    std::snprintf(key.data(), key.size(), "%06zu", first / timesPerPage);
    std::string numbers;
    std::int64_t last = 0;
    for (auto i = first; i < std::min(first + timesPerPage, times.size()); ++i) {
      const auto step = times[i] - last;
      appendNumber(numbers, static_cast<std::uint64_t>(step) << 1 ^ static_cast<std::uint64_t>(step >> 63));
      last = times[i];
    }
    writer.add(PageKind::Times, key.data(), numbers);
  }
}

void writeRewrites(PageWriter& writer, std::vector<Place> rewrites) {
  std::sort(rewrites.begin(), rewrites.end(), [](const Place& a, const Place& b) {
    return std::tie(a.sessionId, a.from) < std::tie(b.sessionId, b.from);
  });
  for (std::size_t i = 0; i < rewrites.size();) {
    const auto& session = rewrites[i].sessionId;
    std::string numbers;
    std::int64_t last = 0;
    for (; i < rewrites.size() && rewrites[i].sessionId == session; ++i) {
      appendNumber(numbers, static_cast<std::uint64_t>(rewrites[i].from - last));
      last = rewrites[i].from;
    }
    writer.add(PageKind::Rewrites, session, numbers);
  }
}

SegmentInfo describe(std::uint32_t number, const Times& times, std::size_t rewrites) {
  SegmentInfo info{number, static_cast<std::uint32_t>(times.size()), 0, 0, static_cast<std::uint32_t>(rewrites)};
  if (times.empty()) return info;
  const auto [min, max] = std::minmax_element(times.begin(), times.end());
  info.minTime = *min;
  info.maxTime = *max;
  return info;
}

}  // namespace

SegmentInfo writeSegment(Store& store, std::uint32_t number, std::vector<SharedEntry> entries, std::size_t pageBytes) {
  std::sort(entries.begin(), entries.end(), [](const SharedEntry& a, const SharedEntry& b) {
    return std::tie(a->sessionId, a->seq) < std::tie(b->sessionId, b->seq);
  });
  SessionTable table;
  Times times;
  std::vector<Place> rewrites;
  std::unordered_map<std::string, Postings> postings;
  for (const auto& entry : entries) {
    const auto place = table.size();
    // Writing a segment takes milliseconds: whoever else can run goes first, time and again.
    if (place % entriesPerTurn == 0) std::this_thread::yield();
    table.add(entry->sessionId, entry->seq);
    times.push_back(entry->time);
    if (entry->changedAt != 0) rewrites.push_back({entry->sessionId, entry->seq});
    forEachTerm(toUtf32(entry->text), [&](const std::string& term) { postings[term].add(place); });
  }
  std::vector<const std::pair<const std::string, Postings>*> sorted;
  sorted.reserve(postings.size());
  for (const auto& posting : postings) sorted.push_back(&posting);
  std::sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) { return a->first < b->first; });

  PageWriter writer(store, number, pageBytes);
  table.write(writer);
  for (const auto* posting : sorted) writer.add(PageKind::Terms, posting->first, posting->second.numbers);
  writeTimes(writer, times);
  writeRewrites(writer, rewrites);
  writer.finish();
  return describe(number, times, rewrites.size());
}

namespace {

/// The terms of one segment, in order.
class TermCursor {
 public:
  TermCursor(Store& store, std::uint32_t segment)
      : store_(store), segment_(segment), last_(pageKey(segment, PageKind::Terms)) {
    advance();
  }
  bool done() const { return done_; }
  const PageEntry& entry() const { return entry_; }
  void advance() {
    while (!reader_.next(entry_)) {
      if (at_ == pages_.size() && !fetch()) {
        done_ = true;
        return;
      }
      page_ = std::move(pages_[at_++]);
      last_ = textOf(page_, "_id");
      reader_ = PageReader(textOf(page_, "data"));
    }
  }

 private:
  bool fetch() {
    pages_ = store_.find(pagesCollection, pagesOf(segment_, PageKind::Terms) && where("_id") > last_,
                         {.sort = {{"_id"}}, .limit = termPagesAtOnce});
    at_ = 0;
    return !pages_.empty();
  }

  Store& store_;
  std::uint32_t segment_;
  std::string last_;
  std::vector<Document> pages_;
  std::size_t at_ = 0;
  Document page_;
  PageReader reader_{{}};
  PageEntry entry_;
  bool done_ = false;
};

/// Where the messages of the inputs come to lie.
struct Layout {
  SessionTable table;
  Times times;
  std::vector<std::vector<std::uint32_t>> places;  ///< per input and old place; `nowhere` for what is left out
};

struct Message {
  std::uint32_t session;  // the rank of its name
  std::uint32_t input;
  std::uint32_t place;
  std::int64_t seq;
};

Layout layOut(const Merge& merge) {
  std::map<std::string_view, std::uint32_t> ranks;
  for (const auto& input : merge.inputs)
    input.table->forEach([&](std::string_view session, std::int64_t, std::uint32_t) { ranks.try_emplace(session, 0); });
  std::uint32_t count = 0;
  std::vector<std::string_view> names;
  for (auto& [name, rank] : ranks) {
    rank = count++;
    names.push_back(name);
  }
  std::vector<Message> messages;
  Layout layout;
  for (std::uint32_t i = 0; i < merge.inputs.size(); ++i) {
    const auto& input = merge.inputs[i];
    layout.places.emplace_back(input.table->size(), nowhere);
    std::string_view last;
    std::uint32_t rank = 0;
    bool gone = false;
    input.table->forEach([&](std::string_view session, std::int64_t seq, std::uint32_t place) {
      if (session.data() != last.data()) {
        last = session;
        rank = ranks.at(session);
        gone = merge.goneSessions.contains(std::string(session));
      }
      if (!gone && !input.hidden.has(place)) messages.push_back({rank, i, place, seq});
    });
  }
  std::sort(messages.begin(), messages.end(), [](const Message& a, const Message& b) {
    return std::tie(a.session, a.seq, b.input) < std::tie(b.session, b.seq, a.input);
  });
  const Message* before = nullptr;
  for (const auto& message : messages) {
    const bool repeated = before != nullptr && before->session == message.session && before->seq == message.seq;
    before = &message;
    if (repeated) continue;  // the newest is there already
    layout.places[message.input][message.place] = layout.table.size();
    layout.table.add(names[message.session], message.seq);
    layout.times.push_back((*merge.inputs[message.input].times)[message.place]);
  }
  return layout;
}

void mergeTerms(Store& store, PageWriter& writer, const Merge& merge, const Layout& layout) {
  std::vector<TermCursor> cursors;
  cursors.reserve(merge.inputs.size());
  for (const auto& input : merge.inputs) cursors.emplace_back(store, input.segment->info.number);
  std::vector<std::uint32_t> places;
  for (;;) {
    std::string term;
    bool any = false;
    for (const auto& cursor : cursors)
      if (!cursor.done() && (!any || cursor.entry().key < term)) {
        term = cursor.entry().key;
        any = true;
      }
    if (!any) return;
    places.clear();
    for (std::size_t i = 0; i < cursors.size(); ++i) {
      if (cursors[i].done() || cursors[i].entry().key != term) continue;
      const auto before = static_cast<std::ptrdiff_t>(places.size());
      std::uint32_t place = 0;
      for (NumberReader numbers(cursors[i].entry().numbers); !numbers.done(); ++place) {
        place += static_cast<std::uint32_t>(numbers.next());
        if (const auto moved = layout.places[i].at(place); moved != nowhere) places.push_back(moved);
      }
      cursors[i].advance();
      // Within each input they ascend: both are in the order of sessions and numbers.
      std::inplace_merge(places.begin(), places.begin() + before, places.end());
    }
    if (places.empty()) continue;
    Postings postings;
    for (const auto place : places) postings.add(place);
    writer.add(PageKind::Terms, term, postings.numbers);
    merge.breathe();
  }
}

}  // namespace

SegmentInfo mergeSegments(Store& store, std::uint32_t number, const Merge& merge) {
  const auto layout = layOut(merge);
  PageWriter writer(store, number, merge.pageBytes);
  layout.table.write(writer);
  mergeTerms(store, writer, merge, layout);
  writeTimes(writer, layout.times);
  writeRewrites(writer, merge.rewrites);
  writer.finish();
  return describe(number, layout.times, merge.rewrites.size());
}

}  // namespace search
