// SPDX-License-Identifier: Apache-2.0
#include "chat/latest_writes.h"

#include "base/log.h"

#include <utility>
#include <vector>

namespace parley::chat {

namespace {
constexpr std::size_t writesPerStep = 256;
}

LatestWrites::LatestWrites(Core& core, std::string what, std::size_t maxWaiting)
    : core_(core), what_(std::move(what)), maxWaiting_(maxWaiting) {}

void LatestWrites::put(const std::string& key, Write write) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= maxWaiting_ && !waiting_.contains(key)) return core_.notesGivenUp.add();
    waiting_.insert_or_assign(key, std::move(write));
    if (storing_) return;
    storing_ = true;
  }
  store();
}

void LatestWrites::store() {
  std::vector<Write> writes;
  {
    const std::lock_guard lock(mutex_);
    while (!waiting_.empty() && writes.size() < writesPerStep)
      writes.push_back(std::move(waiting_.extract(waiting_.begin()).mapped()));
    if (writes.empty()) {
      storing_ = false;
      return;
    }
  }
  core_.submit(std::move(writes), [weak = weak_from_this()](const Result<WriteSummary>& result) {
    const auto self = weak.lock();
    if (!self) return;
    if (!result) base::log("chat").warn("{} was not stored: {}", self->what_, result.error().detail());
    // Not from here: a store that refuses at once would call this again and again.
    if (!self->core_.pool.postAccepted([self] { self->store(); })) {
      const std::lock_guard lock(self->mutex_);
      self->storing_ = false;
    }
  });
}

}  // namespace parley::chat
