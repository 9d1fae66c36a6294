// SPDX-License-Identifier: Apache-2.0
#include "net/event_loop.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/threads.h"
#include "net/file_descriptor.h"
#include "net/timer_wheel.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <deque>
#include <future>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <unordered_map>
#include <utility>

namespace parley::net {

namespace {

constexpr std::size_t scratchSize = std::size_t{64} * 1024;
constexpr int eventsPerIteration = 256;
constexpr int newcomersPerIteration = 32;
constexpr std::size_t manyTurns = 128;         ///< of one posted task: they come some at a time
constexpr std::size_t turnsPerIteration = 32;  ///< then; more where more events came: reading must not outrun writing
constexpr int roundsAtEnd = 8;                 ///< what is put off again and again goes on in the next iteration

int check(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

/// The border of the loop: whatever is thrown is the affair of the one who threw it.
template <typename Work>
void guarded(const Work& work) {
  try {
    work();
  } catch (const std::exception& error) {
    base::log("net").error("a task on the event loop failed: {}", error.what());
  }
}

void runGuarded(Task& task) {
  guarded(task);
}

}  // namespace

struct EventLoop::Impl {
  FileDescriptor epoll{check(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")};
  FileDescriptor newcomers{check(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")};  ///< watched by `epoll`
  FileDescriptor wake{check(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "eventfd")};
  std::thread thread;
  std::atomic<std::thread::id> threadId{};

  std::mutex mutex;  ///< guards the four below
  std::vector<Task> posted;
  bool wakePending = false;
  bool started = false;
  bool ended = false;

  std::atomic<bool> stopping{false};
  Instant now = std::chrono::steady_clock::now();
  TimerWheel timers{now};
  std::vector<Task> atEnd;
  std::deque<Task> firstTurns;
  std::deque<Task> turns;
  std::size_t broadcasts = 0;  ///< posted tasks of many turns, since no turn waited
  std::array<epoll_event, eventsPerIteration> events{};
  int ready = 0;
  bool woken = false;
  bool newcomersReady = false;
  std::unordered_map<Pollable*, std::shared_ptr<Pollable>> kept;
  std::vector<char> scratch = std::vector<char>(scratchSize);
  LoopCounters counters;

  void wakeUp() const {
    const std::uint64_t one = 1;
    // Fails only when the counter is at its limit, and then the loop is awake anyway.
    [[maybe_unused]] const auto written = ::write(wake.get(), &one, sizeof one);
  }

  bool post(Task& task) {
    bool first = false;
    {
      const std::lock_guard lock(mutex);
      if (ended) return false;
      posted.push_back(std::move(task));
      first = !std::exchange(wakePending, true);
    }
    if (first) wakeUp();
    return true;
  }

  std::size_t turnsWaiting() const { return firstTurns.size() + turns.size(); }

  int timeout(Instant from) const {
    if (!atEnd.empty() || turnsWaiting() > 0) return 0;
    const auto due = timers.next();
    if (!due) return -1;
    const auto wait = std::chrono::ceil<Millis>(*due - from).count();
    return static_cast<int>(std::clamp<std::int64_t>(wait, 0, INT_MAX));
  }

  int descriptorOf(base::Lane lane) const { return lane == base::Lane::Normal ? epoll.get() : newcomers.get(); }

  void control(int operation, int fd, std::uint32_t wanted, void* who, base::Lane lane = base::Lane::Normal) const {
    epoll_event event{};
    event.events = wanted;
    event.data.ptr = who;
    check(::epoll_ctl(descriptorOf(lane), operation, fd, &event), "epoll_ctl");
  }

  /// The wake-up and the newcomers' epoll are no pollables: two addresses tell them from all others.
  void watchOwn() {
    control(EPOLL_CTL_ADD, wake.get(), EPOLLIN, &wake);
    control(EPOLL_CTL_ADD, newcomers.get(), EPOLLIN, &newcomers);
  }

  void await(base::Lane lane, int most, int milliseconds) {
    const int count = ::epoll_wait(descriptorOf(lane), events.data(), most, milliseconds);
    if (count < 0 && errno != EINTR) check(count, "epoll_wait");
    ready = std::max(count, 0);
  }

  /// How many there were.
  std::size_t dispatchEvents() {
    for (int i = 0; i < ready; ++i) {
      const auto& event = events[static_cast<std::size_t>(i)];
      if (event.data.ptr == &wake) {
        woken = true;
      } else if (event.data.ptr == &newcomers) {
        newcomersReady = true;
      } else if (event.data.ptr != nullptr) {
        guarded([&event] { static_cast<Pollable*>(event.data.ptr)->onEvents(event.events); });
      }
    }
    return static_cast<std::size_t>(std::exchange(ready, 0));
  }

  bool hasPosted() {
    const std::lock_guard lock(mutex);
    return wakePending;
  }

  /// Whether epoll has told of it or not: the wake-up may be far behind in a long line of ready descriptors.
  /// `moreUnderWay`: others are likely to post soon.
  void runPosted(bool moreUnderWay) {
    const bool isWoken = std::exchange(woken, false);
    if (!isWoken && !hasPosted() && !moreUnderWay) return;
    // Whoever else can run goes first: what they post goes out with the same writes. Where nobody waits, this is
    // nothing.
    std::this_thread::yield();
    if (!isWoken && !hasPosted()) return;
    // Read before wakePending is cleared: a wake-up that comes later must not be swallowed.
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(wake.get(), &count, sizeof count);
    std::vector<Task> tasks;
    {
      const std::lock_guard lock(mutex);
      wakePending = false;
      tasks.swap(posted);
    }
    for (auto& task : tasks) {
      const auto before = turnsWaiting();
      runGuarded(task);
      task = nullptr;
      if (turnsWaiting() - before >= manyTurns) ++broadcasts;
    }
    counters.tasks.add(tasks.size());
  }

  void runAtEnd() {
    for (int round = 0; round < roundsAtEnd && !atEnd.empty(); ++round) {
      std::vector<Task> tasks;
      tasks.swap(atEnd);
      for (auto& task : tasks) runGuarded(task);
    }
  }

  void runTurns(std::size_t most) {
    for (; most > 0 && turnsWaiting() > 0; --most) {
      auto& queue = firstTurns.empty() ? turns : firstTurns;
      auto task = std::move(queue.front());
      queue.pop_front();
      runGuarded(task);
    }
    runAtEnd();
  }

  void run() {
    auto idleSince = std::chrono::steady_clock::now();
    while (!stopping.load(std::memory_order_acquire)) {
      await(base::Lane::Normal, eventsPerIteration, timeout(idleSince));
      now = std::chrono::steady_clock::now();
      const bool isFull = ready == eventsPerIteration;  // then the newcomers may be behind those that epoll told of
      auto dispatched = dispatchEvents();
      if (std::exchange(newcomersReady, false) || isFull) {
        await(base::Lane::Newcomers, newcomersPerIteration, 0);
        dispatched += dispatchEvents();
      }
      // One broadcast alone is not held up for others; behind it the next may be on its way.
      runPosted(broadcasts > 1 || (broadcasts > 0 && dispatched > 0));
      timers.advance(now, runGuarded);
      runAtEnd();
      runTurns(broadcasts > 0 ? turnsPerIteration + dispatched : turnsWaiting());
      if (turnsWaiting() == 0) broadcasts = 0;
      idleSince = std::chrono::steady_clock::now();
      counters.iterations.add(1);
      counters.busyNanoseconds.add(static_cast<std::uint64_t>(std::chrono::nanoseconds(idleSince - now).count()));
    }
    finish();
  }

  void finish() {
    std::vector<std::shared_ptr<Pollable>> last;
    for (const auto& [raw, pollable] : kept) last.push_back(pollable);
    for (const auto& pollable : last) pollable->onLoopEnd();
    runAtEnd();
    while (turnsWaiting() > 0) runTurns(turnsWaiting());
    timers.clear();
    kept.clear();
  }
};

EventLoop::EventLoop(std::size_t index) : index_(index), impl_(std::make_unique<Impl>()) {
  impl_->watchOwn();
}

EventLoop::~EventLoop() {
  stop();
}

void EventLoop::start() {
  const std::lock_guard lock(impl_->mutex);
  if (impl_->started || impl_->ended) return;
  impl_->started = true;
  impl_->thread = std::thread([impl = impl_.get(), index = index_] {
    base::nameThread(("loop " + std::to_string(index)).c_str());
    impl->threadId = std::this_thread::get_id();
    impl->run();
  });
}

void EventLoop::stop() {
  impl_->stopping.store(true, std::memory_order_release);
  impl_->wakeUp();
  if (impl_->thread.joinable()) impl_->thread.join();
  impl_->threadId = std::thread::id{};
  std::vector<Task> dropped;
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->ended = true;
    dropped.swap(impl_->posted);
  }
}

bool EventLoop::isCurrent() const {
  return impl_->threadId.load(std::memory_order_relaxed) == std::this_thread::get_id();
}

void EventLoop::post(Task task) {
  impl_->post(task);
}

void EventLoop::dispatch(Task task) {
  if (isCurrent()) {
    runGuarded(task);
  } else {
    impl_->post(task);
  }
}

bool EventLoop::runAndWait(Task task) {
  bool running = false;
  {
    const std::lock_guard lock(impl_->mutex);
    running = impl_->started && !impl_->ended;
  }
  if (!running || isCurrent()) {
    task();
    return true;
  }
  auto done = std::make_shared<std::promise<void>>();
  auto finished = done->get_future();
  post([task = std::move(task), done = std::move(done)] {
    task();
    done->set_value();
  });
  try {
    finished.get();
    return true;
  } catch (const std::future_error&) {
    return false;  // dropped: the loop ended first
  }
}

void EventLoop::atEndOfIteration(Task task) {
  impl_->atEnd.push_back(std::move(task));
}

void EventLoop::inTurn(Task task, Turn turn) {
  (turn == Turn::First ? impl_->firstTurns : impl_->turns).push_back(std::move(task));
}

EventLoop::TimerId EventLoop::after(Millis delay, Task task) {
  return impl_->timers.add(base::dueAfter(std::chrono::steady_clock::now(), delay), std::move(task));
}

void EventLoop::cancel(TimerId timer) {
  impl_->timers.cancel(timer);
}

Instant EventLoop::now() const {
  return impl_->now;
}

void EventLoop::add(int fd, std::uint32_t events, Pollable* pollable, base::Lane lane) {
  impl_->control(EPOLL_CTL_ADD, fd, events, pollable, lane);
}

void EventLoop::modify(int fd, std::uint32_t events, Pollable* pollable, base::Lane lane) {
  impl_->control(EPOLL_CTL_MOD, fd, events, pollable, lane);
}

void EventLoop::remove(int fd, Pollable* pollable, base::Lane lane) {
  ::epoll_ctl(impl_->descriptorOf(lane), EPOLL_CTL_DEL, fd, nullptr);
  // It may be further down in the events of this very iteration.
  for (int i = 0; i < impl_->ready; ++i) {
    auto& event = impl_->events[static_cast<std::size_t>(i)];
    if (event.data.ptr == pollable) event.data.ptr = nullptr;
  }
}

void EventLoop::keep(std::shared_ptr<Pollable> pollable) {
  auto* key = pollable.get();
  impl_->kept.emplace(key, std::move(pollable));
}

void EventLoop::release(Pollable* pollable) {
  impl_->kept.erase(pollable);
}

LoopCounters& EventLoop::counters() {
  return impl_->counters;
}

const LoopCounters& EventLoop::counters() const {
  return impl_->counters;
}

std::size_t EventLoop::tasksQueued() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->posted.size();
}

std::span<char> EventLoop::scratch() {
  return impl_->scratch;
}

EventLoops::EventLoops(std::size_t count) {
  for (std::size_t i = 0; i < std::max<std::size_t>(count, 1); ++i) loops_.push_back(std::make_unique<EventLoop>(i));
}

void EventLoops::start() {
  for (const auto& loop : loops_) loop->start();
}

void EventLoops::stop() {
  for (const auto& loop : loops_) loop->stop();
}

}  // namespace parley::net
