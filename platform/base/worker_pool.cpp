// SPDX-License-Identifier: Apache-2.0
#include "base/worker_pool.h"

#include "base/log.h"
#include "base/threads.h"

#include <algorithm>
#include <exception>
#include <list>
#include <utility>

namespace parley::base {

namespace {

void runGuarded(const Task& task) {
  try {
    task();
  } catch (const std::exception& error) {
    log("workers").error("task failed: {}", error.what());
  } catch (...) {
    log("workers").error("task failed with an exception of unknown type");
  }
}

constexpr unsigned normalTurns = 3;  // for each of the newcomers
constexpr Millis watchInterval{1};

thread_local WorkerPool* ownPool = nullptr;

}  // namespace

WorkerPool::WorkerPool(std::size_t threads, std::size_t maxQueued)
    : maxQueued_(maxQueued),
      maxRunningNewcomers_(threads < 2 ? threads : threads - std::max<std::size_t>(threads / 4, 1)),
      maxActive_(processors()),
      active_(threads) {
  workers_.reserve(threads);
  for (std::size_t i = 0; i < threads; ++i) {
    auto& worker = *workers_.emplace_back(std::make_unique<Worker>());
    worker.thread = std::thread([this, &worker] { run(worker); });
  }
  clockThread_ = std::thread([this] { keepTime(); });
}

WorkerPool::~WorkerPool() {
  stop();
}

bool WorkerPool::post(Task task, Lane lane) {
  return wakeFor(add(std::move(task), lane, true));
}

bool WorkerPool::postAccepted(Task task, Lane lane) {
  return wakeFor(add(std::move(task), lane, false));
}

WorkerPool::Added WorkerPool::add(Task task, Lane lane, bool bounded) {
  const std::lock_guard lock(mutex_);
  if (stopped_ || (bounded && waiting() >= maxQueued_)) return {};
  return {true, put(std::move(task), lane)};
}

/// Not under a lock that the thread will ask for first.
bool WorkerPool::wakeFor(Added added) {
  if (added.wakes != nullptr) added.wakes->wake.notify_one();
  return added.taken;
}

void WorkerPool::postAfter(Millis delay, Task task) {
  const std::lock_guard lock(mutex_);
  if (stopped_) return;
  later_.emplace(std::chrono::steady_clock::now() + delay, std::move(task));
  clock_.notify_one();
}

/// Who is to be notified, if somebody is. Under the lock.
WorkerPool::Worker* WorkerPool::put(Task task, Lane lane) {
  (lane == Lane::Normal ? normal_ : newcomers_).push_back(std::move(task));
  ++queuedEver_;
  if (active_ < maxActive_) return callOne();
  if (!sleeping_.empty()) beginWatch();
  return nullptr;
}

/// One of those that sleep, if there is something for it: it is to be notified then. Under the lock.
WorkerPool::Worker* WorkerPool::callOne() {
  const bool mayRun = !normal_.empty() || runningNewcomers_ < maxRunningNewcomers_;
  if (sleeping_.empty() || !mayRun) return nullptr;
  auto* worker = sleeping_.back();
  sleeping_.pop_back();
  worker->isCalled = true;
  ++active_;
  return worker;
}

/// False when the pool has stopped.
bool WorkerPool::sleep(std::unique_lock<std::mutex>& lock, Worker& self) {
  --active_;
  sleeping_.push_back(&self);
  self.wake.wait(lock, [this, &self] { return stopped_ || self.isCalled; });
  self.isCalled = false;
  return !stopped_;
}

void WorkerPool::keepTime() {
  nameThread("clock");
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    const auto now = std::chrono::steady_clock::now();
    postDue(now);
    watch(now);
    if (const auto next = nextTurn(); next == Instant::max())
      clock_.wait(lock);
    else
      clock_.wait_until(lock, next);
  }
}

/// Under the lock, as all below.
void WorkerPool::postDue(Instant now) {
  while (!later_.empty() && later_.begin()->first <= now) {
    wakeFor({true, put(std::move(later_.begin()->second), Lane::Normal)});
    later_.erase(later_.begin());
  }
}

void WorkerPool::beginWatch() {
  if (watchAt_) return;
  watchAt_ = std::chrono::steady_clock::now() + watchInterval;
  queuedAtWatch_ = queuedEver_;
  takenAtWatch_ = takenEver_;
  clock_.notify_one();
}

/// Wakes another thread each time something has waited for a whole interval in which hardly anything was begun.
void WorkerPool::watch(Instant now) {
  if (!watchAt_ || now < *watchAt_) return;
  const bool isSlow = takenEver_ < queuedAtWatch_ && takenEver_ - takenAtWatch_ < maxActive_;
  if (isSlow) wakeFor({true, callOne()});
  const bool isQuiet = waiting() == 0 && queuedEver_ == queuedAtWatch_;
  queuedAtWatch_ = queuedEver_;
  takenAtWatch_ = takenEver_;
  watchAt_ = now + watchInterval;
  if (isQuiet) watchAt_.reset();
}

Instant WorkerPool::nextTurn() const {
  const auto due = later_.empty() ? Instant::max() : later_.begin()->first;
  return watchAt_ ? std::min(due, *watchAt_) : due;
}

bool WorkerPool::drain(Millis deadline) {
  std::unique_lock lock(mutex_);
  return idle_.wait_for(lock, deadline, [this] { return waiting() == 0 && running_ == 0; });
}

void WorkerPool::stop() {
  std::deque<Task> dropped;
  std::deque<Task> droppedNewcomers;
  std::multimap<Instant, Task> droppedLater;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    stopped_ = true;
    dropped.swap(normal_);
    droppedNewcomers.swap(newcomers_);
    droppedLater.swap(later_);
  }
  for (auto& worker : workers_) worker->wake.notify_one();
  clock_.notify_all();
  for (auto& worker : workers_) worker->thread.join();
  clockThread_.join();
}

std::size_t WorkerPool::queued() const {
  const std::lock_guard lock(mutex_);
  return waiting();
}

/// Nothing when no task may run now. Under the lock.
std::optional<Lane> WorkerPool::nextLane() {
  const bool newcomers = !newcomers_.empty() && runningNewcomers_ < maxRunningNewcomers_;
  if (normal_.empty() && !newcomers) return std::nullopt;
  if (newcomers && (normal_.empty() || turns_ >= normalTurns)) {
    turns_ = 0;
    return Lane::Newcomers;
  }
  ++turns_;
  return Lane::Normal;
}

/// Whether a thread that has run this turn is one too many: others have begun something since. Under the lock.
bool WorkerPool::isSpare(std::uint64_t turn) const {
  return active_ > maxActive_ && takenEver_ > turn;
}

void WorkerPool::run(Worker& self) {
  nameThread("worker");
  wakeWithoutPreempting();
  ownPool = this;
  std::unique_lock lock(mutex_);
  for (;;) {
    if (stopped_) return;
    const auto lane = nextLane();
    if (!lane) {
      if (!sleep(lock, self)) return;
      continue;
    }
    auto& queue = *lane == Lane::Normal ? normal_ : newcomers_;
    Task task = std::move(queue.front());
    queue.pop_front();
    const auto turn = ++takenEver_;
    const std::size_t newcomer = *lane == Lane::Newcomers ? 1 : 0;
    ++running_;
    runningNewcomers_ += newcomer;
    lock.unlock();
    runGuarded(task);
    task = nullptr;
    lock.lock();
    --running_;
    runningNewcomers_ -= newcomer;
    if (waiting() == 0 && running_ == 0) idle_.notify_all();
    if (!isSpare(turn)) continue;
    if (waiting() > 0) beginWatch();
    if (!sleep(lock, self)) return;
  }
}

/// One within another counts once.
Waiting::Waiting() : pool_(std::exchange(ownPool, nullptr)) {
  if (pool_ == nullptr) return;
  const std::lock_guard lock(pool_->mutex_);
  --pool_->active_;
  if (pool_->waiting() > 0 && pool_->active_ < pool_->maxActive_) WorkerPool::wakeFor({true, pool_->callOne()});
}

Waiting::~Waiting() {
  if (pool_ == nullptr) return;
  ownPool = pool_;
  const std::lock_guard lock(pool_->mutex_);
  ++pool_->active_;
}

struct Strand::State {
  State(WorkerPool& onPool, std::size_t max, Lane inLane) : pool(onPool), maxQueued(max), lane(inLane) {}

  WorkerPool& pool;
  const std::size_t maxQueued;
  std::mutex mutex;
  std::list<Task> queue;  ///< mostly empty, and there is one for each client: a deque takes 576 bytes even so
  Lane lane;
  bool scheduled = false;
  bool parked = false;  ///< scheduled, and goes on when the last hold is gone
  int holds = 0;
};

Strand::Strand(WorkerPool& pool, std::size_t maxQueued, Lane lane)
    : state_(std::make_shared<State>(pool, maxQueued, lane)) {}

void Strand::setLane(Lane lane) {
  const std::lock_guard lock(state_->mutex);
  state_->lane = lane;
}

Lane Strand::lane() const {
  const std::lock_guard lock(state_->mutex);
  return state_->lane;
}

bool Strand::post(Task task) {
  return enqueue(std::move(task), true);
}

void Strand::postAccepted(Task task) {
  enqueue(std::move(task), false);
}

bool Strand::enqueue(Task task, bool bounded) {
  auto& pool = state_->pool;  // the task may end this strand
  WorkerPool::Added turn;
  {
    const std::lock_guard lock(state_->mutex);
    if (bounded && state_->queue.size() >= state_->maxQueued) return false;
    state_->queue.push_back(std::move(task));
    if (state_->scheduled) return true;
    turn = pool.add([state = state_] { runSome(state); }, state_->lane, bounded);
    state_->scheduled = turn.taken;
    if (!turn.taken) state_->queue.pop_back();
  }
  return WorkerPool::wakeFor(turn);
}

std::shared_ptr<void> Strand::hold() {
  const std::lock_guard lock(state_->mutex);
  ++state_->holds;
  return {state_.get(), [state = state_](void*) { release(state); }};
}

void Strand::release(const std::shared_ptr<State>& state) {
  Lane lane = Lane::Normal;
  {
    const std::lock_guard lock(state->mutex);
    if (--state->holds > 0 || !std::exchange(state->parked, false)) return;
    lane = state->lane;
  }
  state->pool.postAccepted([state] { runSome(state); }, lane);
}

/// A few tasks at a time, so that one busy client does not keep a thread from the others.
void Strand::runSome(const std::shared_ptr<State>& state) {
  constexpr int turn = 16;
  Lane lane = Lane::Normal;
  for (int i = 0; i < turn; ++i) {
    Task task;
    {
      const std::lock_guard lock(state->mutex);
      lane = state->lane;
      if (state->holds > 0) {
        state->parked = true;
        return;
      }
      if (state->queue.empty()) {
        state->scheduled = false;
        return;
      }
      task = std::move(state->queue.front());
      state->queue.pop_front();
    }
    runGuarded(task);
  }
  state->pool.postAccepted([state] { runSome(state); }, lane);
}

}  // namespace parley::base
