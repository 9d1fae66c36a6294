// SPDX-License-Identifier: Apache-2.0
#include "plugin/alarms.h"

#include "base/log.h"

#include <utility>

namespace parley::plugin {

Alarms::Alarms(Act act) : act_(std::move(act)), thread_([this] { watch(); }) {}

Alarms::~Alarms() {
  stop();
}

void Alarms::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Alarms::raise(const Run& run, const std::string& reason) {
  base::log("plugins").critical("{} is switched off: {}", run.plugin, reason);
  {
    const std::lock_guard lock(mutex_);
    pending_[run] = reason;
  }
  changed_.notify_all();
}

void Alarms::watch() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !pending_.empty(); });
    if (stopping_) return;
    const auto [run, reason] = *pending_.begin();
    pending_.erase(pending_.begin());
    lock.unlock();
    act_(run, reason);
    lock.lock();
  }
}

}  // namespace parley::plugin
