// SPDX-License-Identifier: Apache-2.0
#include "finder.h"

#include "numbers.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

using namespace parley;

namespace search {

namespace {

constexpr std::size_t messagesAtOnce = 200;
constexpr const char* lastCharacter = "\xF4\x8F\xBF\xBF";

void setPostings(std::string_view numbers, Bitmap& places) {
  std::uint32_t place = 0;
  for (NumberReader reader(numbers); !reader.done(); ++place) {
    place += static_cast<std::uint32_t>(reader.next());
    if (place >= places.size()) throw std::runtime_error("a page of the search index is damaged");
    places.set(place);
  }
}

}  // namespace

Finder::Finder(Store& store, SegmentCache& cache, const ReadContents& contents, const Search& search)
    : store_(store), cache_(cache), contents_(contents), search_(search), query_(search.keyword) {}

Found Finder::find(const std::vector<SharedSegment>& segments, const std::vector<SharedEntry>& pending) {
  if (query_.parts().empty()) return {};
  searchPending(pending);
  for (const auto& segment : segments) searchSegment(*segment);
  collectNewest();
  Found found;
  found.total = total_;
  const auto newer = [](const Match& a, const Match& b) {
    return isNewer(a.time, a.sessionId, a.seq, b.time, b.sessionId, b.seq);
  };
  const auto size = static_cast<std::int64_t>(collected_.size());
  const auto end = std::min(size, search_.offset + search_.limit);
  std::partial_sort(collected_.begin(), collected_.begin() + end, collected_.end(), newer);
  for (auto i = search_.offset; i < end; ++i) {
    const auto& match = collected_[static_cast<std::size_t>(i)];
    found.hits.push_back({{}, std::string(match.sessionId), match.seq});
  }
  return found;
}

bool Finder::isVisible(const Entry& entry) const {
  const auto place = std::lower_bound(search_.places.begin(), search_.places.end(), entry.sessionId,
                                      [](const Place& a, const std::string& id) { return a.sessionId < id; });
  return place != search_.places.end() && place->sessionId == entry.sessionId && entry.seq >= place->from;
}

void Finder::searchPending(const std::vector<SharedEntry>& pending) {
  for (const auto& entry : pending) {
    if (!isVisible(*entry) || !query_.matches(entry->text)) continue;
    collected_.push_back({entry->time, entry->sessionId, entry->seq});
    ++total_;
  }
}

void Finder::searchSegment(const Segment& segment) {
  auto table = cache_.table(segment.info.number);
  auto places = table->visible(search_.places);
  if (places.empty()) return;
  for (const auto& part : query_.parts())
    for (const auto& term : part.terms)
      if (!keepWithTerm(segment.info.number, term, places)) return;
  if (segment.hidden.count() > 0)
    places.forEach([&](std::uint32_t place) {
      if (segment.hidden.has(place)) places.clear(place);
    });
  if (!query_.exact()) verify(*table, places);
  const auto count = places.count();
  if (count == 0) return;
  total_ += static_cast<std::int64_t>(count);
  inSegments_.push_back({&segment, std::move(table), std::move(places)});
}

/// Keeps of `places` those with the term; false when none are left.
bool Finder::keepWithTerm(std::uint32_t segment, const Query::Term& term, Bitmap& places) {
  const auto wanted = pageKey(segment, PageKind::Terms, term.text);
  Bitmap withTerm(places.size());
  const auto take = [&](const Document& document) {
    PageReader page(textOf(document, "data"));
    for (PageEntry entry; page.next(entry);) {
      if (term.prefix ? entry.key.starts_with(term.text) : entry.key == term.text)
        setPostings(entry.numbers, withTerm);
      else if (entry.key > term.text)
        return;
    }
  };
  const auto page =
      store_.findOne(pagesCollection, where("_id") <= wanted && where("_id") >= pageKey(segment, PageKind::Terms),
                     {.sort = {{"_id", true}}});
  if (page) take(*page);
  if (term.prefix)
    store_.forEach(pagesCollection, where("_id") > wanted && where("_id") < wanted + lastCharacter, {.sort = {{"_id"}}},
                   [&take](Document&& document) {
                     take(document);
                     return true;
                   });
  places &= withTerm;
  return !places.empty();
}

/// Takes away what has the terms, but not as they were asked for.
void Finder::verify(const SessionTable& table, Bitmap& places) {
  std::vector<SessionTable::Where> candidates;
  places.forEach([&](std::uint32_t place) { candidates.push_back(table.at(place)); });
  Bitmap verified(places.size());
  for (std::size_t i = 0; i < candidates.size();) {
    const auto session = candidates[i].sessionId;
    std::vector<std::int64_t> seqs;
    for (; i < candidates.size() && candidates[i].sessionId == session && seqs.size() < messagesAtOnce; ++i)
      seqs.push_back(candidates[i].seq);
    contents_(session, seqs, [&](std::int64_t seq, std::string_view content) {
      const auto place = table.find(session, seq);
      if (place && query_.matches(foldText(std::string(content)))) verified.set(*place);
    });
  }
  places &= verified;
}

/// Times are looked at from the newest segment on, as far as the page goes.
void Finder::collectNewest() {
  std::sort(inSegments_.begin(), inSegments_.end(),
            [](const Matches& a, const Matches& b) { return a.segment->info.maxTime > b.segment->info.maxTime; });
  const auto wanted = static_cast<std::size_t>(search_.offset + search_.limit);
  for (const auto& matches : inSegments_) {
    if (collected_.size() >= wanted) {
      const auto last = collected_.begin() + static_cast<std::ptrdiff_t>(wanted - 1);
      std::nth_element(collected_.begin(), last, collected_.end(),
                       [](const Match& a, const Match& b) { return a.time > b.time; });
      if (last->time > matches.segment->info.maxTime) return;
    }
    const auto times = cache_.times(matches.segment->info.number);
    matches.places.forEach([&](std::uint32_t place) {
      const auto at = matches.table->at(place);
      collected_.push_back({times->at(place), at.sessionId, at.seq});
    });
  }
}

}  // namespace search
