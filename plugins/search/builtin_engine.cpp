// SPDX-License-Identifier: Apache-2.0
#include "builtin_engine.h"

#include <parley/error.h>

#include <algorithm>
#include <iterator>

using namespace parley;

namespace search {

namespace {

constexpr std::size_t sessionsAtOnce = 500;
constexpr std::size_t hiddenShare = 4;  // a segment is written anew when one message in so many is hidden

std::ptrdiff_t offset(std::size_t index) {
  return static_cast<std::ptrdiff_t>(index);
}

void hide(const SessionTable& table, Segment& segment, const std::vector<Place>& messages) {
  for (const auto& message : messages)
    if (const auto place = table.find(message.sessionId, message.from)) segment.hidden.mark(*place);
}

}  // namespace

BuiltinEngine::BuiltinEngine(Store& store, IndexOptions options, Source source)
    : store_(store),
      options_(options),
      source_(std::move(source)),
      cache_(store, options.cacheBytes),
      list_(store),
      pending_(options.maxPending, options.maxPendingBytes) {}

void BuiltinEngine::open() {
  segments_ = list_.load();
  for (std::size_t later = 1; later < segments_.size(); ++later) {
    if (segments_[later]->info.rewrites == 0) continue;
    const auto rewrites = readRewrites(store_, segments_[later]->info.number);
    for (std::size_t i = 0; i < later; ++i) hide(*cache_.table(segments_[i]->info.number), *segments_[i], rewrites);
  }
}

std::vector<CollectionSpec> BuiltinEngine::collections() {
  return {{.name = pagesCollection, .idFields = {}, .dateFields = {}, .indexes = {}},
          {.name = stateCollection, .idFields = {}, .dateFields = {}, .indexes = {}}};
}

Engine::Added BuiltinEngine::add(Entry entry) {
  if (knows(entry)) return Added::Known;
  entry.text = foldText(std::move(entry.text));
  const auto shared = std::make_shared<const Entry>(std::move(entry));
  if (shared->changedAt == 0) {
    const std::lock_guard lock(mutex_);
    return pending_.add(shared) ? Added::News : Added::NoRoom;
  }
  auto added = Added::NoRoom;
  withTables([&](const Tables& tables) {
    if (!pending_.add(shared)) return;
    changes_.note(*shared);
    for (const auto& [segment, table] : tables) hide(*table, *segment, {{shared->sessionId, shared->seq}});
    added = Added::News;
  });
  return added;
}

void BuiltinEngine::forgetSession(const std::string& sessionId) {
  withTables([&](const Tables& tables) {
    pending_.dropSession(sessionId);
    for (const auto& [segment, table] : tables) {
      Bitmap marked(table->size());
      table->markSession(sessionId, marked);
      marked.forEach([&hidden = segment->hidden](std::uint32_t place) { hidden.mark(place); });
    }
  });
}

/// Under the lock. The tables are read before, without it, which may fail; anew when other segments have come
/// meanwhile.
void BuiltinEngine::withTables(const std::function<void(const Tables&)>& act) {
  for (;;) {
    Segments segments;
    std::uint64_t seen = 0;
    {
      const std::lock_guard lock(mutex_);
      segments = segments_;
      seen = generation_;
    }
    Tables tables;
    for (const auto& segment : segments) tables.emplace_back(segment, cache_.table(segment->info.number));
    const std::lock_guard lock(mutex_);
    if (seen == generation_) return act(tables);
  }
}

Found BuiltinEngine::find(const Search& search) {
  Segments segments;
  std::vector<SharedEntry> pending;
  {
    const std::lock_guard lock(mutex_);
    segments = segments_;
    pending = pending_.all();
  }
  return Finder(store_, cache_, source_.contents, search).find(segments, pending);
}

bool BuiltinEngine::knows(const Entry& entry) {
  Segments ofItsTime;
  {
    const std::lock_guard lock(mutex_);
    if (changes_.has(entry)) return true;
    if (entry.changedAt != 0) return false;
    if (pending_.has(entry.id)) return true;
    for (const auto& segment : segments_)
      if (entry.time >= segment->info.minTime && entry.time <= segment->info.maxTime) ofItsTime.push_back(segment);
  }
  return std::any_of(ofItsTime.begin(), ofItsTime.end(), [&](const SharedSegment& segment) {
    return cache_.table(segment->info.number)->find(entry.sessionId, entry.seq);
  });
}

bool BuiltinEngine::work(const std::stop_token& stop) {
  if (list_.removeUnlisted()) return true;
  if (flushIsDue()) {
    flush();
    return true;
  }
  const auto window = chooseMerge();
  if (window.count > 0) merge(window, stop);
  return window.count > 0;
}

void BuiltinEngine::clear() {
  list_.save({}, 0, segments_);
  const std::lock_guard lock(mutex_);
  segments_.clear();
  changes_.clear();
  ++generation_;
}

Engine::State BuiltinEngine::state() {
  const std::lock_guard lock(mutex_);
  State state;
  state.oldestPending = pending_.lowestId();
  state.oldestChange = pending_.oldestChange();
  state.pending = pending_.size();
  for (const auto& segment : segments_)
    state.indexed += static_cast<std::int64_t>(segment->info.messages - segment->hidden.count());
  state.more = {{"segments", segments_.size()}, {"cacheBytes", cache_.bytes()}};
  return state;
}

bool BuiltinEngine::flushIsDue() {
  const std::lock_guard lock(mutex_);
  return pending_.waiting() >= std::min(options_.flushMessages, options_.maxPending / 2) ||
         pending_.bytes() > options_.maxPendingBytes / 2;
}

void BuiltinEngine::flush() {
  std::vector<SharedEntry> entries;
  {
    const std::lock_guard lock(mutex_);
    entries = pending_.take(options_.flushMessages * options_.mergeFactor);
  }
  const auto number = list_.begin();
  try {
    const auto segment = std::make_shared<Segment>(writeSegment(store_, number, entries, options_.pageBytes));
    const auto table = cache_.table(number);
    auto now = segments_;
    now.push_back(segment);
    list_.save(now, number, {});
    publish(segment, *table, entries);
  } catch (...) {
    const std::lock_guard lock(mutex_);
    pending_.putBack();
    throw;
  }
}

/// From now on searches look into the segment instead of what waited. What has changed or gone meanwhile is hidden in
/// it.
void BuiltinEngine::publish(const SharedSegment& segment, const SessionTable& table,
                            const std::vector<SharedEntry>& entries) {
  const std::lock_guard lock(mutex_);
  for (const auto& entry : entries)
    if (!pending_.isCurrent(entry)) hide(table, *segment, {{entry->sessionId, entry->seq}});
  pending_.settle();
  segments_.push_back(segment);
  ++generation_;
}

std::size_t BuiltinEngine::levelOf(const Segment& segment) const {
  std::size_t level = 0;
  for (auto size = options_.flushMessages * options_.mergeFactor / 2; segment.info.messages > size;
       size *= options_.mergeFactor)
    ++level;
  return level;
}

/// As many neighbours as the factor says, of the lowest level there is, none of a higher one than the first; or a
/// single segment of which much is hidden.
BuiltinEngine::Window BuiltinEngine::chooseMerge() const {
  Window best;
  std::size_t bestLevel = 0;
  for (std::size_t first = 0; first + options_.mergeFactor <= segments_.size(); ++first) {
    const auto level = levelOf(*segments_[first]);
    std::size_t messages = 0;
    bool fits = best.count == 0 || level < bestLevel;
    for (auto i = first; i < first + options_.mergeFactor && fits; ++i) {
      messages += segments_[i]->info.messages;
      fits = levelOf(*segments_[i]) <= level && messages <= options_.maxSegment;
    }
    if (!fits) continue;
    best = {first, options_.mergeFactor};
    bestLevel = level;
  }
  for (std::size_t i = 0; i < segments_.size() && best.count == 0; ++i)
    if (segments_[i]->hidden.count() * hiddenShare > segments_[i]->info.messages) best = {i, 1};
  return best;
}

Merge BuiltinEngine::planMerge(const Window& window, const std::stop_token& stop) {
  Merge plan;
  plan.pageBytes = options_.pageBytes;
  plan.breathe = [this, &stop] {
    if (stop.stop_requested()) throw Error(ErrorCode::Unavailable, "the server is stopping");
    if (flushIsDue()) flush();
  };
  for (auto i = window.first; i < window.first + window.count; ++i) {
    const auto& segment = segments_[i];
    const auto number = segment->info.number;
    MergeInput input{segment, cache_.table(number), cache_.times(number), Bitmap(segment->info.messages)};
    for (std::uint32_t place = 0; place < segment->info.messages; ++place)
      if (segment->hidden.has(place)) input.hidden.set(place);
    plan.inputs.push_back(std::move(input));
    if (segment->info.rewrites == 0) continue;
    // A rewrite counts as long as an earlier segment has what it replaces.
    for (auto& rewrite : readRewrites(store_, number))
      if (std::any_of(segments_.begin(), segments_.begin() + offset(window.first), [&](const SharedSegment& earlier) {
            return cache_.table(earlier->info.number)->find(rewrite.sessionId, rewrite.from).has_value();
          }))
        plan.rewrites.push_back(std::move(rewrite));
  }
  plan.goneSessions = goneSessions(plan);
  return plan;
}

std::set<std::string> BuiltinEngine::goneSessions(const Merge& plan) const {
  std::set<std::string> sessions;
  for (const auto& input : plan.inputs)
    for (auto& session : input.table->sessions()) sessions.insert(std::move(session));
  std::set<std::string> gone;
  std::vector<std::string> some;
  for (auto session = sessions.begin(); session != sessions.end();) {
    some.push_back(*session);
    if (++session != sessions.end() && some.size() < sessionsAtOnce) continue;
    gone.merge(source_.goneSessions(some));
    some.clear();
  }
  return gone;
}

void BuiltinEngine::merge(const Window& window, const std::stop_token& stop) {
  const auto plan = planMerge(window, stop);
  const auto number = list_.begin();
  const auto merged = std::make_shared<Segment>(mergeSegments(store_, number, plan));
  const auto table = cache_.table(number);
  auto now = segments_;  // with those that were flushed meanwhile
  Segments dropped;
  for (const auto& input : plan.inputs) dropped.push_back(input.segment);
  const auto at = now.erase(now.begin() + offset(window.first), now.begin() + offset(window.first + window.count));
  if (merged->info.messages > 0) now.insert(at, merged);
  list_.save(now, number, dropped);
  replace(plan, *merged, *table, std::move(now));
}

/// What was hidden in the old segments since the merge began is hidden in the new one.
void BuiltinEngine::replace(const Merge& plan, Segment& merged, const SessionTable& table, Segments now) {
  const std::lock_guard lock(mutex_);
  for (const auto& input : plan.inputs)
    for (std::uint32_t place = 0; place < input.segment->info.messages; ++place)
      if (input.segment->hidden.has(place) && !input.hidden.has(place)) {
        const auto message = input.table->at(place);
        if (const auto moved = table.find(message.sessionId, message.seq)) merged.hidden.mark(*moved);
      }
  segments_ = std::move(now);
  ++generation_;
  for (const auto& input : plan.inputs) cache_.drop(input.segment->info.number);
}

}  // namespace search
