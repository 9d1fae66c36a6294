// SPDX-License-Identifier: Apache-2.0
#include "auth/remote_keys.h"

#include "auth/jwk.h"
#include "base/log.h"

#include <exception>
#include <stdexcept>
#include <utility>

namespace parley::auth {

RemoteKeys::RemoteKeys(JwtOptions options, base::WorkerPool& pool, const Clock& clock, Fetch fetch, KeySet known)
    : options_(std::move(options)),
      pool_(pool),
      clock_(clock),
      fetch_(std::move(fetch)),
      keys_(std::make_shared<const KeySet>(std::move(known))) {}

std::shared_ptr<const KeySet> RemoteKeys::keys() const {
  const std::lock_guard lock(mutex_);
  return keys_;
}

bool RemoteKeys::refresh(std::function<void()> then) {
  const std::lock_guard lock(mutex_);
  if (waiting_.size() >= options_.maxWaiting || !beginLocked(clock_.steady())) return false;
  waiting_.push_back(std::move(then));
  return true;
}

void RemoteKeys::keepFresh() {
  const std::lock_guard lock(mutex_);
  const auto now = clock_.steady();
  if (!running_ && (!lastBegin_ || now - *lastBegin_ >= options_.maxKeyAge)) beginLocked(now);
}

void RemoteKeys::abandon() {
  std::vector<std::function<void()>> waiting;
  const std::lock_guard lock(mutex_);
  waiting.swap(waiting_);
}

/// True when a fetch runs.
bool RemoteKeys::beginLocked(Instant now) {
  if (running_) return true;
  if (lastBegin_ && now - *lastBegin_ < options_.refreshInterval) return false;
  if (!pool_.post([self = shared_from_this()] { self->run(); })) return false;
  lastBegin_ = now;
  return running_ = true;
}

void RemoteKeys::run() {
  try {
    take(fetch_(options_));
  } catch (const std::exception& error) {
    base::log("auth").warn("the keys of {} were not fetched, {}: {}", source(),
                           keys()->empty() ? "there are none yet" : "those from before stay", error.what());
  }
  std::vector<std::function<void()>> waiting;
  {
    const std::lock_guard lock(mutex_);
    running_ = false;
    waiting.swap(waiting_);
  }
  // Each on its own: what waits may be whole requests.
  for (auto& then : waiting) pool_.postAccepted(std::move(then));
}

void RemoteKeys::take(const std::string& document) {
  if (document.size() > options_.maxKeySetBytes) throw std::runtime_error("the document is too large");
  const auto* algorithm = findAlgorithm(options_.algorithm);
  auto keys = algorithm == nullptr ? std::vector<Key>() : keysOfJwks(*algorithm, document);
  if (keys.empty()) throw std::runtime_error("the document holds no key for " + options_.algorithm);
  base::log("auth").debug("{} keys were fetched", keys.size());
  auto next = std::make_shared<const KeySet>(std::move(keys), true);
  const std::lock_guard lock(mutex_);
  keys_.swap(next);
}

}  // namespace parley::auth
