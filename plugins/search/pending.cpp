// SPDX-License-Identifier: Apache-2.0
#include "pending.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace search {

namespace {

std::size_t sizeOf(const Entry& entry) {
  return sizeof(Entry) + entry.text.size() + entry.id.size() + entry.sessionId.size();
}

}  // namespace

bool Pending::add(SharedEntry entry) {
  const auto bytes = sizeOf(*entry);
  if (const auto known = byId_.find(entry->id); known != byId_.end()) {
    auto& there = waiting_[known->second];
    if (entry->changedAt < there->changedAt) return true;
    bytes_ += bytes - sizeOf(*there);
    auto node = byId_.extract(known);
    there = std::move(entry);
    node.key() = there->id;
    byId_.insert(std::move(node));
    return true;
  }
  if (size() >= maxMessages_ || bytes_ + bytes > maxBytes_) return false;
  bytes_ += bytes;
  byId_.emplace(entry->id, waiting_.size());
  waiting_.push_back(std::move(entry));
  return true;
}

std::vector<SharedEntry> Pending::take(std::size_t most) {
  const auto count = std::min(most, waiting_.size());
  std::vector<SharedEntry> taken(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count));
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count));
  for (const auto& entry : taken) taken_.emplace(entry->id, entry);
  reindex();
  return taken;
}

void Pending::putBack() {
  for (auto& [id, entry] : taken_)
    if (!byId_.contains(id)) waiting_.push_back(entry);
  taken_.clear();
  reindex();
}

void Pending::dropSession(const std::string& sessionId) {
  const auto isOfSession = [&](const SharedEntry& entry) { return entry->sessionId == sessionId; };
  if (std::erase_if(waiting_, isOfSession) > 0) reindex();
  std::erase_if(taken_, [&](const auto& entry) { return isOfSession(entry.second); });
}

void Pending::clear() {
  waiting_.clear();
  taken_.clear();
  reindex();
}

void Pending::reindex() {
  byId_.clear();
  bytes_ = 0;
  for (std::size_t i = 0; i < waiting_.size(); ++i) {
    byId_.emplace(waiting_[i]->id, i);
    bytes_ += sizeOf(*waiting_[i]);
  }
}

bool Pending::isCurrent(const SharedEntry& taken) const {
  return !byId_.contains(taken->id) && taken_.contains(taken->id);
}

bool Pending::has(std::string_view messageId) const {
  return byId_.contains(messageId) || taken_.contains(messageId);
}

std::vector<SharedEntry> Pending::all() const {
  auto entries = waiting_;
  for (const auto& [id, entry] : taken_)
    if (!byId_.contains(id)) entries.push_back(entry);
  return entries;
}

std::int64_t Pending::oldestChange() const {
  std::int64_t oldest = 0;
  const auto look = [&oldest](const SharedEntry& entry) {
    if (entry->changedAt != 0 && (oldest == 0 || entry->changedAt < oldest)) oldest = entry->changedAt;
  };
  for (const auto& entry : waiting_) look(entry);
  for (const auto& [id, entry] : taken_) look(entry);
  return oldest;
}

std::string Pending::lowestId() const {
  std::string lowest;
  const auto look = [&lowest](const SharedEntry& entry) {
    if (lowest.empty() || entry->id < lowest) lowest = entry->id;
  };
  for (const auto& entry : waiting_) look(entry);
  for (const auto& [id, entry] : taken_) look(entry);
  return lowest;
}

}  // namespace search
