// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/lane.h"

#include <parley/time.h>

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace parley::base {

using Task = std::function<void()>;

/// A fixed number of threads that run tasks, in the order of arrival within a lane: newcomers get one turn in four
/// while others wait, and never all threads. A task that throws is logged; the thread goes on. Tasks may wait for the
/// store or the network, so there are more threads than processors; but only as many as there are processors are woken
/// for what comes, since waking one costs more than a short task. Another wakes when one of them says that it waits
/// (Waiting), or when hardly any task was begun for one or two milliseconds; one too many sleeps again when the others
/// move on. All members: [any thread].
class WorkerPool {
 public:
  /// `maxQueued` bounds the tasks that wait; more are refused.
  WorkerPool(std::size_t threads, std::size_t maxQueued);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// False when the queue is full or the pool has been stopped; the task is dropped then.
  [[nodiscard]] bool post(Task task, Lane lane = Lane::Normal);

  /// For what has been accepted already and must not be lost (the next task of a strand, a completion): passes the
  /// bound, and runs until the threads have ended. False after stop().
  bool postAccepted(Task task, Lane lane = Lane::Normal);

  /// postAccepted after a while. What still waits when the pool stops is dropped; drain() does not wait for it.
  void postAfter(Millis delay, Task task);

  /// Waits until nothing is queued or running, at most `deadline`. True when it became idle.
  bool drain(Millis deadline);

  /// Ends the threads after the tasks that run now; drops the queued ones. Idempotent.
  void stop();

  std::size_t queued() const;

 private:
  friend class Strand;
  friend class Waiting;
  struct Worker {
    std::thread thread;
    std::condition_variable wake;
    bool isCalled = false;
  };
  struct Added {
    bool taken = false;
    Worker* wakes = nullptr;  ///< who is to be notified
  };

  void run(Worker& self);
  bool sleep(std::unique_lock<std::mutex>& lock, Worker& self);
  bool isSpare(std::uint64_t turn) const;
  void keepTime();
  void postDue(Instant now);
  void beginWatch();
  void watch(Instant now);
  Instant nextTurn() const;
  Added add(Task task, Lane lane, bool bounded);
  static bool wakeFor(Added added);
  Worker* put(Task task, Lane lane);
  Worker* callOne();
  std::optional<Lane> nextLane();
  std::size_t waiting() const { return normal_.size() + newcomers_.size(); }

  const std::size_t maxQueued_;
  const std::size_t maxRunningNewcomers_;
  const std::size_t maxActive_;  ///< threads that are woken without need to wait
  mutable std::mutex mutex_;
  std::condition_variable clock_;
  std::condition_variable idle_;
  std::deque<Task> normal_;
  std::deque<Task> newcomers_;
  std::size_t running_ = 0;
  std::size_t runningNewcomers_ = 0;
  unsigned turns_ = 0;             ///< of the normal lane, since the newcomers had theirs
  std::size_t active_ = 0;         ///< threads that neither sleep nor wait
  std::vector<Worker*> sleeping_;  ///< that nobody has called; the last one is called first: it is the warmest
  std::uint64_t queuedEver_ = 0;
  std::uint64_t takenEver_ = 0;
  std::multimap<Instant, Task> later_;
  std::optional<Instant> watchAt_;  ///< from when tasks may have to wait on, until none comes
  std::uint64_t queuedAtWatch_ = 0;
  std::uint64_t takenAtWatch_ = 0;
  bool stopped_ = false;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::thread clockThread_;
};

/// While it lives, this thread waits for something: if it is one of a pool, another may run in its place.
class Waiting {
 public:
  Waiting();
  ~Waiting();
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

 private:
  WorkerPool* const pool_;
};

/// Runs its tasks one after another, in order, on a pool; different strands run in parallel. Tasks keep the strand's
/// state alive, so that a strand may be destroyed while some are queued. [any thread]
class Strand {
 public:
  /// `maxQueued` bounds the tasks of this strand that wait.
  Strand(WorkerPool& pool, std::size_t maxQueued, Lane lane = Lane::Normal);

  /// From the next turn on.
  void setLane(Lane lane);
  Lane lane() const;

  /// False when this strand's queue or the pool's is full; the task is dropped then.
  [[nodiscard]] bool post(Task task);

  /// As post, past this strand's bound and the pool's: for a task that must not be lost, such as the one that tells of
  /// an end.
  void postAccepted(Task task);

  /// For the task that runs: until what this returns and its copies are gone, no further task of the strand begins, and
  /// its thread is free for others.
  std::shared_ptr<void> hold();

 private:
  struct State;
  bool enqueue(Task task, bool bounded);
  static void runSome(const std::shared_ptr<State>& state);
  static void release(const std::shared_ptr<State>& state);
  std::shared_ptr<State> state_;
};

}  // namespace parley::base
