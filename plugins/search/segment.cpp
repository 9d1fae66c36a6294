// SPDX-License-Identifier: Apache-2.0
#include "segment.h"

#include "numbers.h"

#include <string>

using namespace parley;

namespace search {

namespace {

template <typename Each>
void forEachEntry(Store& store, std::uint32_t segment, PageKind kind, const Each& each) {
  store.forEach(pagesCollection, pagesOf(segment, kind), {.sort = {{"_id"}}}, [&each](Document&& document) {
    PageReader page(textOf(document, "data"));
    for (PageEntry entry; page.next(entry);) each(entry);
    return true;
  });
}

Times readTimes(Store& store, std::uint32_t segment) {
  Times times;
  forEachEntry(store, segment, PageKind::Times, [&times](const PageEntry& entry) {
    std::int64_t time = 0;
    for (NumberReader numbers(entry.numbers); !numbers.done();) {
      const auto step = numbers.next();
      time += static_cast<std::int64_t>(step >> 1) ^ -static_cast<std::int64_t>(step & 1);
      times.push_back(time);
    }
  });
  return times;
}

}  // namespace

std::vector<Place> readRewrites(Store& store, std::uint32_t segment) {
  std::vector<Place> rewrites;
  forEachEntry(store, segment, PageKind::Rewrites, [&rewrites](const PageEntry& entry) {
    std::int64_t seq = 0;
    for (NumberReader numbers(entry.numbers); !numbers.done();) {
      seq += static_cast<std::int64_t>(numbers.next());
      rewrites.push_back({std::string(entry.key), seq});
    }
  });
  return rewrites;
}

std::shared_ptr<const SessionTable> SegmentCache::table(std::uint32_t segment) {
  const Key key{segment, PageKind::Sessions};
  if (const auto kept = find(key)) return std::static_pointer_cast<const SessionTable>(kept);
  auto table = std::make_shared<const SessionTable>(SessionTable::read(store_, segment));
  keep(key, table, table->bytes());
  return table;
}

std::shared_ptr<const Times> SegmentCache::times(std::uint32_t segment) {
  const Key key{segment, PageKind::Times};
  if (const auto kept = find(key)) return std::static_pointer_cast<const Times>(kept);
  auto times = std::make_shared<const Times>(readTimes(store_, segment));
  keep(key, times, times->capacity() * sizeof(std::int64_t));
  return times;
}

void SegmentCache::drop(std::uint32_t segment) {
  const std::lock_guard lock(mutex_);
  for (const auto kind : {PageKind::Sessions, PageKind::Times})
    if (const auto found = byKey_.find({segment, kind}); found != byKey_.end()) remove(found->second);
}

std::size_t SegmentCache::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

std::shared_ptr<const void> SegmentCache::find(const Key& key) {
  const std::lock_guard lock(mutex_);
  const auto found = byKey_.find(key);
  if (found == byKey_.end()) return nullptr;
  recent_.splice(recent_.begin(), recent_, found->second);
  return found->second->value;
}

void SegmentCache::keep(const Key& key, std::shared_ptr<const void> value, std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  if (byKey_.contains(key)) return;
  recent_.push_front({key, std::move(value), bytes});
  byKey_[key] = recent_.begin();
  bytes_ += bytes;
  while (bytes_ > maxBytes_ && !recent_.empty()) remove(std::prev(recent_.end()));
}

void SegmentCache::remove(std::list<Kept>::iterator kept) {
  bytes_ -= kept->bytes;
  byKey_.erase(kept->key);
  recent_.erase(kept);
}

}  // namespace search
