// SPDX-License-Identifier: Apache-2.0
#include "chat/core.h"

#include <utility>

namespace parley::chat {

Core::Core(Store& theStore, Sockets& theSockets, plugin::HookTable& theHooks, base::WorkerPool& thePool,
           const Clock& theClock, const ChatOptions& theOptions)
    : store(theStore), sockets(theSockets), hooks(theHooks), pool(thePool), clock(theClock), options(theOptions) {}

void Core::submit(std::vector<Write> writes, Stored done) {
  {
    const std::lock_guard lock(mutex_);
    ++pending_;
  }
  store.submit(std::move(writes), [this, done = std::move(done)](Result<WriteSummary> result) {
    done(std::move(result));
    const std::lock_guard lock(mutex_);
    if (--pending_ == 0) idle_.notify_all();
  });
}

void Core::waitForWrites() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this] { return pending_ == 0; });
}

}  // namespace parley::chat
