// SPDX-License-Identifier: Apache-2.0
#include "storage/mongodb/call_gate.h"

#include "base/clock.h"
#include "base/worker_pool.h"

#include <parley/error.h>

#include <optional>

namespace parley::storage::mongodb {

void CallGate::enter() {
  std::unique_lock lock(mutex_);
  std::optional<base::Waiting> waiting;
  if (running_ >= calls_) waiting.emplace();
  while (running_ >= calls_) {
    const auto since = moved_;
    const bool isOver = left_.wait_until(lock, since + patience_) == std::cv_status::timeout;
    if (isOver && running_ >= calls_ && moved_ == since)
      throw Error(ErrorCode::Unavailable, "too many calls wait for the database, which does not answer");
  }
  ++running_;
  moved_ = base::SystemClock().steady();
}

void CallGate::leave() {
  {
    const std::lock_guard lock(mutex_);
    --running_;
    moved_ = base::SystemClock().steady();
  }
  left_.notify_one();
}

}  // namespace parley::storage::mongodb
