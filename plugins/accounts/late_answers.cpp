// SPDX-License-Identifier: Apache-2.0
#include "late_answers.h"

#include <utility>

using namespace parley;

namespace accounts {

LateAnswers::LateAnswers(const Clock& clock) : clock_(clock), thread_([this] { run(); }) {}

LateAnswers::~LateAnswers() {
  {
    const std::lock_guard lock(mutex_);
    isEnding_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void LateAnswers::add(Instant due, Give give) {
  {
    const std::lock_guard lock(mutex_);
    held_.emplace(due, std::move(give));
  }
  changed_.notify_one();
}

void LateAnswers::run() {
  std::unique_lock lock(mutex_);
  while (!isEnding_ || !held_.empty()) {
    if (held_.empty()) {
      changed_.wait(lock);
      continue;
    }
    const auto left = held_.begin()->first - clock_.steady();
    if (!isEnding_ && left > Instant::duration::zero()) {
      changed_.wait_for(lock, left);
      continue;
    }
    const auto next = held_.extract(held_.begin());
    lock.unlock();
    next.mapped()();
    lock.lock();
  }
}

}  // namespace accounts
