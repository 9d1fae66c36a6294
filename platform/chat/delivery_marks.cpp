// SPDX-License-Identifier: Apache-2.0
#include "chat/delivery_marks.h"

#include "base/log.h"
#include "chat/collections.h"
#include "chat/documents.h"

#include <algorithm>
#include <vector>

namespace parley::chat {

namespace {
/// Well below what the store's queue takes.
constexpr std::size_t marksPerStep = 500;
}  // namespace

void DeliveryMarks::note(const std::string& sessionId, const std::string& userId, std::int64_t seq) {
  {
    const std::lock_guard lock(mutex_);
    const std::pair key(sessionId, userId);
    if (waiting_.size() >= core_.options.maxPendingMarks && !waiting_.contains(key)) return core_.notesGivenUp.add();
    auto& mark = waiting_[key];
    mark = std::max(mark, seq);
    if (std::exchange(scheduled_, true)) return;
  }
  storeLater();
}

void DeliveryMarks::storeLater() {
  core_.pool.postAfter(core_.options.markDelay, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->flush();
  });
}

std::int64_t DeliveryMarks::pending(const std::string& sessionId, const std::string& userId) const {
  const std::pair key(sessionId, userId);
  const auto markIn = [&key](const Marks& marks) {
    const auto found = marks.find(key);
    return found == marks.end() ? 0 : found->second;
  };
  const std::lock_guard lock(mutex_);
  return std::max(markIn(waiting_), markIn(storing_));
}

bool DeliveryMarks::flush() {
  {
    const std::lock_guard lock(mutex_);
    if (!storing_.empty()) return true;  // the end of that goes on
    while (!waiting_.empty() && storing_.size() < marksPerStep) {
      auto mark = waiting_.extract(waiting_.begin());
      if (!core_.erased.contains(mark.key().second)) storing_.insert(std::move(mark));
    }
    scheduled_ = !storing_.empty();
    if (!scheduled_) return false;
  }
  // Without the lock, for which loops may wait: only `stored` changes them.
  std::vector<Write> writes;
  for (const auto& [pair, seq] : storing_) {
    const auto& [sessionId, userId] = pair;
    writes.push_back(upsertReadState(sessionId, userId, Update().max("deliveredUpTo", seq)));
  }
  core_.submit(std::move(writes), [weak = weak_from_this()](const Result<WriteSummary>& result) {
    if (const auto self = weak.lock()) self->stored(result);
  });
  return true;
}

void DeliveryMarks::stored(const Result<WriteSummary>& result) {
  // It is not worth a second try.
  if (!result) base::log("chat").warn("delivery marks were not stored: {}", result.error().detail());
  bool many = false;
  {
    const std::lock_guard lock(mutex_);
    storing_.clear();
    scheduled_ = !waiting_.empty();
    if (!scheduled_) return;
    many = waiting_.size() >= marksPerStep;
  }
  // A store that refuses at once is not asked at once.
  if (!result || !many) return storeLater();
  core_.pool.postAccepted([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->flush();
  });
}

}  // namespace parley::chat
