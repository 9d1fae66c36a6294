// SPDX-License-Identifier: Apache-2.0
#include "base/worker_pool.h"

#include "base/log.h"

#include <algorithm>
#include <exception>
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

}  // namespace

WorkerPool::WorkerPool(std::size_t threads, std::size_t maxQueued)
    : maxQueued_(maxQueued),
      maxRunningNewcomers_(threads < 2 ? threads : threads - std::max<std::size_t>(threads / 4, 1)) {
  threads_.reserve(threads);
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
}

WorkerPool::~WorkerPool() {
  stop();
}

bool WorkerPool::post(Task task, Lane lane) {
  return enqueue(std::move(task), lane, true);
}

bool WorkerPool::postAccepted(Task task, Lane lane) {
  return enqueue(std::move(task), lane, false);
}

bool WorkerPool::enqueue(Task task, Lane lane, bool bounded) {
  {
    const std::lock_guard lock(mutex_);
    if (stopped_ || (bounded && waiting() >= maxQueued_)) return false;
    (lane == Lane::Normal ? normal_ : newcomers_).push_back(std::move(task));
  }
  wake_.notify_one();
  return true;
}

bool WorkerPool::drain(Millis deadline) {
  std::unique_lock lock(mutex_);
  return idle_.wait_for(lock, deadline, [this] { return waiting() == 0 && running_ == 0; });
}

void WorkerPool::stop() {
  std::deque<Task> dropped;
  std::deque<Task> droppedNewcomers;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    stopped_ = true;
    dropped.swap(normal_);
    droppedNewcomers.swap(newcomers_);
  }
  wake_.notify_all();
  for (auto& thread : threads_) thread.join();
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

void WorkerPool::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    std::optional<Lane> lane;
    wake_.wait(lock, [&] { return stopped_ || (lane = nextLane()); });
    if (stopped_) return;
    auto& queue = *lane == Lane::Normal ? normal_ : newcomers_;
    Task task = std::move(queue.front());
    queue.pop_front();
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
  }
}

struct Strand::State {
  WorkerPool& pool;
  std::size_t maxQueued;
  std::mutex mutex;
  std::deque<Task> queue;
  Lane lane = Lane::Normal;
  bool scheduled = false;
};

Strand::Strand(WorkerPool& pool, std::size_t maxQueued, Lane lane)
    : state_(new State{pool, maxQueued, {}, {}, lane, false}) {}

void Strand::setLane(Lane lane) {
  const std::lock_guard lock(state_->mutex);
  state_->lane = lane;
}

bool Strand::post(Task task) {
  return enqueue(std::move(task), true);
}

void Strand::postAccepted(Task task) {
  enqueue(std::move(task), false);
}

bool Strand::enqueue(Task task, bool bounded) {
  const std::lock_guard lock(state_->mutex);
  if (bounded && state_->queue.size() >= state_->maxQueued) return false;
  state_->queue.push_back(std::move(task));
  if (state_->scheduled) return true;
  auto turn = [state = state_] { runSome(state); };
  auto& pool = state_->pool;
  const auto lane = state_->lane;
  state_->scheduled = bounded ? pool.post(std::move(turn), lane) : pool.postAccepted(std::move(turn), lane);
  if (!state_->scheduled) state_->queue.pop_back();
  return state_->scheduled;
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
