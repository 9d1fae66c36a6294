// SPDX-License-Identifier: Apache-2.0
#include "chat/read_state.h"

#include "chat/documents.h"

#include <algorithm>
#include <tuple>

namespace parley::chat {

namespace {

/// The objects of an array member.
template <typename Each>
void forEachObject(const Document& document, std::string_view name, Each each) {
  const auto* member = document.if_contains(name);
  if (member == nullptr || !member->is_array()) return;
  for (const auto& item : member->get_array())
    if (item.is_object()) each(item.get_object());
}

}  // namespace

ReadState::ReadState(const Document& document)
    : upTo_(integerOf(document, "readUpTo")),
      counted_(integerOf(document, "counted")),
      loggedTo_(integerOf(document, "loggedTo")),
      deliveredUpTo_(integerOf(document, "deliveredUpTo")),
      revision_(integerOf(document, "revision")),
      needsCount_(upTo_ > 0 && !document.contains("counted")) {
  forEachObject(document, "ranges", [this](const Document& range) {
    ranges_.push_back(
        {integerOf(range, "from"), integerOf(range, "to"), integerOf(range, "below"), integerOf(range, "counted")});
  });
  forEachObject(document, "log", [this](const Document& entry) {
    log_.push_back({integerOf(entry, "from"), integerOf(entry, "to"), timeOf(entry, "readAt").value_or(Time{})});
  });
}

bool ReadState::has(std::int64_t seq) const {
  return seq <= upTo_ || std::any_of(ranges_.begin(), ranges_.end(),
                                     [seq](const ReadRange& range) { return range.from <= seq && seq <= range.to; });
}

std::int64_t ReadState::countedBeyond() const {
  std::int64_t sum = 0;
  for (const auto& range : ranges_) sum += range.counted - range.below;
  return sum;
}

void ReadState::startAt(std::int64_t upTo, std::int64_t counted) {
  needsCount_ = false;
  if (upTo < upTo_) return;
  upTo_ = upTo;
  counted_ = counted;
  normalise();
}

std::vector<Reads::Range> ReadState::add(const ReadRange& range, Time now, std::size_t maxRanges) {
  std::vector<Reads::Range> unread;
  auto next = std::max(range.from, upTo_ + 1);
  for (const auto& known : ranges_) {
    if (known.to < next) continue;
    if (known.from > range.to) break;
    if (known.from > next) unread.push_back({next, known.from - 1});
    next = known.to + 1;
  }
  if (next <= range.to) unread.push_back({next, range.to});
  if (unread.empty()) return unread;

  ranges_.push_back(range);
  normalise();
  while (ranges_.size() > maxRanges) {
    unread.push_back({upTo_ + 1, ranges_.front().from - 1});
    ranges_.front().below = counted_;
    normalise();
  }
  std::sort(unread.begin(), unread.end(), [](const auto& a, const auto& b) { return a.from < b.from; });
  for (const auto& part : unread) note(part, now);
  return unread;
}

bool ReadState::absorb(const std::vector<ReadRange>& ranges) {
  const auto before = std::tuple(upTo_, ranges_);
  ranges_.insert(ranges_.end(), ranges.begin(), ranges.end());
  normalise();
  return before != std::tuple(upTo_, ranges_);
}

/// Joins what has no counted message between: with the mark, and with each other.
void ReadState::normalise() {
  std::sort(ranges_.begin(), ranges_.end(), [](const auto& a, const auto& b) { return a.from < b.from; });
  std::vector<ReadRange> apart;
  for (const auto& range : ranges_) {
    if (range.below <= counted_) {
      if (range.to > upTo_) {
        upTo_ = range.to;
        counted_ = range.counted;
      }
    } else if (!apart.empty() && range.below <= apart.back().counted) {
      if (range.to > apart.back().to) {
        apart.back().to = range.to;
        apart.back().counted = range.counted;
      }
    } else {
      apart.push_back(range);
    }
  }
  ranges_ = std::move(apart);
}

/// What was read one after another in one moment is one entry.
void ReadState::note(const Reads::Range& range, Time now) {
  if (!log_.empty() && log_.back().readAt == now && log_.back().to + 1 == range.from)
    log_.back().to = range.to;
  else
    log_.push_back({range.from, range.to, now});
}

std::vector<ReadEntry> ReadState::overflow(std::size_t maxEntries) const {
  if (log_.size() <= maxEntries) return {};
  const auto keep = static_cast<std::ptrdiff_t>(maxEntries / 2);
  return {log_.begin(), log_.end() - keep};
}

void ReadState::dropOverflow(std::size_t entries) {
  const auto end = log_.begin() + static_cast<std::ptrdiff_t>(entries);
  for (auto entry = log_.begin(); entry != end; ++entry) loggedTo_ = std::max(loggedTo_, entry->to);
  log_.erase(log_.begin(), end);
}

Update ReadState::update() const {
  JsonArray ranges;
  for (const auto& range : ranges_)
    ranges.push_back(
        JsonObject{{"from", range.from}, {"to", range.to}, {"below", range.below}, {"counted", range.counted}});
  JsonArray log;
  for (const auto& entry : log_)
    log.push_back(JsonObject{{"from", entry.from}, {"to", entry.to}, {"readAt", toIso8601(entry.readAt)}});
  Update update;
  update.set("readUpTo", upTo_).set("counted", counted_).set("ranges", std::move(ranges)).set("log", std::move(log));
  update.set("loggedTo", loggedTo_).set("revision", revision_ + 1);
  return update;
}

}  // namespace parley::chat
