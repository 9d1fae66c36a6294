// SPDX-License-Identifier: Apache-2.0
#include "plugin/step_watch.h"

#include "base/log.h"

#include <utility>

namespace parley::plugin {

StepWatch::StepWatch(Millis slow) : slow_(slow), thread_([this] { watch(); }) {}

StepWatch::~StepWatch() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

StepWatch::Step::Step(StepWatch& watch, std::string name) : watch_(watch) {
  watch_.change(std::move(name));
}

StepWatch::Step::~Step() {
  watch_.change({});
}

std::string StepWatch::running() const {
  const std::lock_guard lock(mutex_);
  return name_;
}

void StepWatch::change(std::string name) {
  {
    const std::lock_guard lock(mutex_);
    name_ = std::move(name);
    begin_ = std::chrono::steady_clock::now();
    ++changes_;
  }
  changed_.notify_all();
}

void StepWatch::watch() {
  std::unique_lock lock(mutex_);
  auto seen = changes_;
  auto next = slow_;
  while (!stopping_) {
    const auto changed = [&] { return stopping_ || changes_ != seen; };
    if (name_.empty()) {
      changed_.wait(lock, changed);
    } else if (!changed_.wait_until(lock, begin_ + next, changed)) {
      const auto name = name_;
      lock.unlock();
      base::log("plugins").warn("{} has taken {} ms and goes on", name, next.count());
      lock.lock();
      next *= 2;
      continue;
    }
    seen = changes_;
    next = slow_;
  }
}

}  // namespace parley::plugin
