// SPDX-License-Identifier: Apache-2.0
#include "plugin/timers.h"

#include "base/clock.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace parley::plugin {

namespace {
constexpr std::chrono::hours idleWait{1};

/// Clears the flag also when the task throws, or is dropped with the pool's queue.
class BusyGuard {
 public:
  explicit BusyGuard(std::shared_ptr<std::atomic<bool>> busy) : busy_(std::move(busy)) {}
  ~BusyGuard() { *busy_ = false; }
  BusyGuard(const BusyGuard&) = delete;
  BusyGuard& operator=(const BusyGuard&) = delete;

 private:
  std::shared_ptr<std::atomic<bool>> busy_;
};

}  // namespace

Timers::Timers(base::WorkerPool& workers, const Clock& clock, bool ownThread) : workers_(workers), clock_(clock) {
  if (ownThread) thread_ = std::thread([this] { keepTime(); });
}

Timers::~Timers() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Timers::Id Timers::add(Millis interval, std::function<void()> task) {
  const std::lock_guard lock(mutex_);
  const Id id = next_++;
  timers_[id] = {interval, base::dueAfter(clock_.steady(), interval),
                 std::make_shared<const std::function<void()>>(std::move(task)),
                 std::make_shared<std::atomic<bool>>(false)};
  ++changes_;
  changed_.notify_all();
  return id;
}

void Timers::remove(Id timer) {
  std::shared_ptr<const std::function<void()>> gone;  // freed outside the lock
  const std::lock_guard lock(mutex_);
  const auto found = timers_.find(timer);
  if (found == timers_.end()) return;
  gone = std::move(found->second.task);
  timers_.erase(found);
}

Instant Timers::runDue() {
  std::vector<Timer> due;
  Instant next = clock_.steady() + idleWait;
  {
    const std::lock_guard lock(mutex_);
    const auto now = clock_.steady();
    for (auto& [id, timer] : timers_) {
      if (timer.due <= now) {
        timer.due = base::dueAfter(now, timer.interval);
        if (!timer.busy->exchange(true)) due.push_back(timer);
      }
      next = std::min(next, timer.due);
    }
  }
  for (const auto& timer : due) {
    auto guard = std::make_shared<BusyGuard>(timer.busy);
    // A full pool drops this turn; the guard frees the timer for its next one.
    if (!workers_.post([task = timer.task, guard = std::move(guard)] { (*task)(); })) skipped_.add();
  }
  return next;
}

void Timers::keepTime() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto seen = changes_;
    lock.unlock();
    const auto next = runDue();
    lock.lock();
    changed_.wait_for(lock, next - clock_.steady(), [&] { return stopping_ || changes_ != seen; });
  }
}

}  // namespace parley::plugin
