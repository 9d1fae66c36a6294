// SPDX-License-Identifier: Apache-2.0
#include "segment_list.h"

#include <string_view>
#include <utility>

using namespace parley;

namespace search {

namespace {

constexpr const char* listId = "segments";
constexpr std::int64_t layoutVersion = 1;

JsonObject toJson(const SegmentInfo& info) {
  return {{"n", info.number},
          {"messages", info.messages},
          {"from", info.minTime},
          {"to", info.maxTime},
          {"rewrites", info.rewrites}};
}

SegmentInfo toInfo(const JsonObject& json) {
  return {static_cast<std::uint32_t>(integerOf(json, "n")), static_cast<std::uint32_t>(integerOf(json, "messages")),
          integerOf(json, "from"), integerOf(json, "to"), static_cast<std::uint32_t>(integerOf(json, "rewrites"))};
}

}  // namespace

Segments SegmentList::load() {
  Segments segments;
  if (const auto list = store_.findOne(stateCollection, where("_id") == listId)) {
    const bool known = integerOf(*list, "layout") == layoutVersion;
    next_ = static_cast<std::uint32_t>(integerOf(*list, "next"));
    for (const auto& item : list->at("segments").as_array()) {
      const auto info = toInfo(item.as_object());
      if (known)
        segments.push_back(std::make_shared<Segment>(info));
      else
        abandon(info.number);
    }
    for (const auto& item : list->at("garbage").as_array()) abandon(static_cast<std::uint32_t>(item.as_int64()));
  }
  // Numbers grow: what has a higher one was being written.
  store_.remove(pagesCollection, where("_id") >= pageKey(next_, PageKind::Rewrites));
  return segments;
}

std::uint32_t SegmentList::begin() {
  abandon(next_);
  return next_++;
}

void SegmentList::save(const Segments& segments, std::uint32_t written, const Segments& dropped) {
  unlisted_.erase(written);
  for (const auto& segment : dropped) unlisted_.insert_or_assign(segment->info.number, segment);
  try {
    store(segments);
  } catch (...) {
    for (const auto& segment : dropped) unlisted_.erase(segment->info.number);
    abandon(written);
    throw;
  }
}

void SegmentList::store(const Segments& segments) {
  JsonArray list;
  for (const auto& segment : segments) list.emplace_back(toJson(segment->info));
  JsonArray garbage;
  for (const auto& [number, segment] : unlisted_) garbage.emplace_back(number);
  Update update;
  update.set("layout", layoutVersion).set("next", next_);
  update.set("segments", std::move(list)).set("garbage", std::move(garbage));
  store_.upsert(stateCollection, where("_id") == listId, update);
}

bool SegmentList::removeUnlisted() {
  for (auto at = unlisted_.begin(); at != unlisted_.end(); ++at) {
    if (at->second.use_count() > 1) continue;
    store_.remove(pagesCollection, pagesOf(at->first));
    unlisted_.erase(at);
    return true;
  }
  return false;
}

}  // namespace search
