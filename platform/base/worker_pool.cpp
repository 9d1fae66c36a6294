// SPDX-License-Identifier: Apache-2.0
#include "base/worker_pool.h"

#include "base/log.h"

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

}  // namespace

WorkerPool::WorkerPool(std::size_t threads, std::size_t maxQueued) : maxQueued_(maxQueued) {
  threads_.reserve(threads);
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
}

WorkerPool::~WorkerPool() {
  stop();
}

bool WorkerPool::post(Task task) {
  return enqueue(std::move(task), true);
}

bool WorkerPool::postAccepted(Task task) {
  return enqueue(std::move(task), false);
}

bool WorkerPool::enqueue(Task task, bool bounded) {
  {
    const std::lock_guard lock(mutex_);
    if (stopped_ || (bounded && queue_.size() >= maxQueued_)) return false;
    queue_.push_back(std::move(task));
  }
  wake_.notify_one();
  return true;
}

bool WorkerPool::drain(Millis deadline) {
  std::unique_lock lock(mutex_);
  return idle_.wait_for(lock, deadline, [this] { return queue_.empty() && running_ == 0; });
}

void WorkerPool::stop() {
  std::deque<Task> dropped;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    stopped_ = true;
    dropped.swap(queue_);
  }
  wake_.notify_all();
  for (auto& thread : threads_) thread.join();
}

std::size_t WorkerPool::queued() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

void WorkerPool::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopped_ || !queue_.empty(); });
    if (stopped_) return;
    Task task = std::move(queue_.front());
    queue_.pop_front();
    ++running_;
    lock.unlock();
    runGuarded(task);
    task = nullptr;
    lock.lock();
    --running_;
    if (queue_.empty() && running_ == 0) idle_.notify_all();
  }
}

struct Strand::State {
  WorkerPool& pool;
  std::size_t maxQueued;
  std::mutex mutex;
  std::deque<Task> queue;
  bool scheduled = false;
};

Strand::Strand(WorkerPool& pool, std::size_t maxQueued) : state_(new State{pool, maxQueued, {}, {}, false}) {}

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
  state_->scheduled = bounded ? state_->pool.post(std::move(turn)) : state_->pool.postAccepted(std::move(turn));
  if (!state_->scheduled) state_->queue.pop_back();
  return state_->scheduled;
}

/// A few tasks at a time, so that one busy client does not keep a thread from the others.
void Strand::runSome(const std::shared_ptr<State>& state) {
  constexpr int turn = 16;
  for (int i = 0; i < turn; ++i) {
    Task task;
    {
      const std::lock_guard lock(state->mutex);
      if (state->queue.empty()) {
        state->scheduled = false;
        return;
      }
      task = std::move(state->queue.front());
      state->queue.pop_front();
    }
    runGuarded(task);
  }
  state->pool.postAccepted([state] { runSome(state); });
}

}  // namespace parley::base
