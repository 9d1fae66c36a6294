// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/counters.h"
#include "base/lane.h"

#include <parley/time.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace parley::net {

using Task = std::function<void()>;

/// Something with a file descriptor that a loop watches (level-triggered epoll).
class Pollable {
 public:
  virtual ~Pollable() = default;
  /// `events` as from epoll_wait. [loop]
  virtual void onEvents(std::uint32_t events) = 0;
  /// The loop ends; only for what `keep` holds. What is put off to the end of the iteration still runs. [loop]
  virtual void onLoopEnd() {}
};

/// What a loop has done and what it holds. Changed on the loop alone. [loop; reading: any thread]
struct LoopCounters {
  base::OwnCounter iterations;
  base::OwnCounter busyNanoseconds;  ///< outside of epoll_wait
  base::OwnCounter tasks;            ///< posted ones that have run
  base::OwnCounter connections;      ///< now
  base::OwnCounter receivedBytes;
  base::OwnCounter sentBytes;
  base::OwnCounter waitingBytes;           ///< now, for peers that do not read as fast as they are written to
  std::array<base::OwnCounter, 7> closed;  ///< connections, by CloseReason
};

/// One thread, one epoll instance. Runs no plugin code and never blocks outside epoll_wait.
class EventLoop {
 public:
  explicit EventLoop(std::size_t index);
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  void start();
  /// Ends the thread after the current iteration and joins it; posted tasks that have not run, and later ones, are
  /// dropped. Kept pollables are told. Idempotent. [any thread but the loop]
  void stop();

  std::size_t index() const { return index_; }
  bool isCurrent() const;

  /// Runs `task` on the loop, in order of posting; many posts before the loop wakes cost one wake-up. [any thread]
  void post(Task task);
  /// Runs `task` on the loop and waits for its end; when the loop does not run, in the calling thread. False when the
  /// loop ended first. [any thread]
  bool runAndWait(Task task);
  /// Runs it now when called on the loop, else posts it. [any thread]
  void dispatch(Task task);

  /// Runs `task` once at the end of the current iteration, after all ready descriptors and posted tasks: where objects
  /// are freed. [loop]
  void atEndOfIteration(Task task);

  /// Runs `task` once, behind all that were given here before it: at the end of the current iteration or, while many of
  /// one posted task wait, of a later one. In between the loop takes in what comes, so that a connection that waits for
  /// its turn to write has more to write by then. `First`: before all that are not, since
  /// these get more to write by it. [loop]
  enum class Turn { Last, First };
  void inTurn(Task task, Turn turn = Turn::Last);

  using TimerId = std::uint64_t;  ///< 0 is never a timer
  /// Runs `task` after `delay` (resolution about 10 ms), unless cancelled. [loop]
  TimerId after(Millis delay, Task task);
  /// Harmless for a timer that has run, and for 0. [loop]
  void cancel(TimerId timer);

  /// Coarse steady time: read once per iteration. [loop]
  Instant now() const;

  /// [loop]; `pollable` stays the caller's and must be removed before it ends. Of those in the newcomers' lane a few
  /// get their turn in each iteration. `modify` and `remove` have to name the lane that it was added in.
  void add(int fd, std::uint32_t events, Pollable* pollable, base::Lane lane = base::Lane::Normal);
  void modify(int fd, std::uint32_t events, Pollable* pollable, base::Lane lane = base::Lane::Normal);
  void remove(int fd, Pollable* pollable, base::Lane lane = base::Lane::Normal);

  /// Shares the ownership of `pollable` until `release`, or until the loop ends. [loop]
  void keep(std::shared_ptr<Pollable> pollable);
  void release(Pollable* pollable);

  LoopCounters& counters();
  const LoopCounters& counters() const;
  /// Posted tasks that have not begun. [any thread]
  std::size_t tasksQueued() const;

  /// A buffer that whoever runs on the loop may use until it returns or calls someone else. [loop]
  std::span<char> scratch();

 private:
  struct Impl;
  std::size_t index_;
  std::unique_ptr<Impl> impl_;
};

/// The loops of the process, one per core by default.
class EventLoops {
 public:
  explicit EventLoops(std::size_t count);
  std::size_t size() const { return loops_.size(); }
  EventLoop& at(std::size_t index) { return *loops_[index]; }
  const EventLoop& at(std::size_t index) const { return *loops_[index]; }
  void start();
  void stop();

 private:
  std::vector<std::unique_ptr<EventLoop>> loops_;
};

}  // namespace parley::net
