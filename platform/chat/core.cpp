// SPDX-License-Identifier: Apache-2.0
#include "chat/core.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <memory>
#include <utility>

namespace parley::chat {

Core::Core(storage::ManagedStore& theStore, Sockets& theSockets, plugin::HookTable& theHooks, base::WorkerPool& thePool,
           const Clock& theClock, const ChatOptions& theOptions)
    : store(theStore), sockets(theSockets), hooks(theHooks), pool(thePool), clock(theClock), options(theOptions) {}

void Core::submit(std::vector<Write> writes, Stored done) {
  {
    const std::lock_guard lock(mutex_);
    ++pending_;
    ++submitted_;
  }
  store.submit(std::move(writes), [this, done = std::move(done)](Result<WriteSummary> result) mutable {
    std::exchange(done, nullptr)(std::move(result));  // what it holds goes while the core is sure to be there
    const std::lock_guard lock(mutex_);
    if (--pending_ == 0) idle_.notify_all();
  });
}

WriteSummary Core::write(std::vector<Write> writes) {
  const auto answer = std::make_shared<std::promise<Result<WriteSummary>>>();
  auto future = answer->get_future();
  submit(std::move(writes), [answer](Result<WriteSummary> result) { answer->set_value(std::move(result)); });
  const base::Waiting waiting;
  return future.get().value();
}

void Core::waitForWrites() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this] { return pending_ == 0; });
}

/// Tasks start writes and completions start tasks: it is over after a round that started no write.
bool Core::drain(Millis deadline) {
  const auto end = std::chrono::steady_clock::now() + deadline;
  const auto left = [end] {
    return std::max(Millis{0}, std::chrono::duration_cast<Millis>(end - std::chrono::steady_clock::now()));
  };
  for (;;) {
    std::unique_lock lock(mutex_);
    const auto before = submitted_;
    lock.unlock();
    if (!pool.drain(left())) return false;
    lock.lock();
    if (!idle_.wait_until(lock, end, [this] { return pending_ == 0; })) return false;
    lock.unlock();
    if (!pool.drain(left())) return false;
    lock.lock();
    if (submitted_ == before) return true;
  }
}

}  // namespace parley::chat
