// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/counters.h"
#include "base/worker_pool.h"
#include "chat/erased_users.h"
#include "chat/options.h"
#include "plugin/hook_table.h"
#include "storage/managed_store.h"

#include <parley/socket.h>
#include <parley/store.h>
#include <parley/time.h>

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

namespace parley::chat {

/// What every part of this room works with. The references outlive it.
class Core {
 public:
  using Stored = std::function<void(Result<WriteSummary>)>;

  Core(storage::ManagedStore& theStore, Sockets& theSockets, plugin::HookTable& theHooks, base::WorkerPool& thePool,
       const Clock& theClock, const ChatOptions& theOptions);
  /// Waits until no completion is outstanding.
  ~Core() { waitForWrites(); }
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  storage::ManagedStore& store;
  Sockets& sockets;
  plugin::HookTable& hooks;
  base::WorkerPool& pool;
  const Clock& clock;
  const ChatOptions options;
  ErasedUsers erased;
  base::Counter notesGivenUp;  ///< of deliveries, and of when users left: too many waited

  /// Store::submit, counted, so that the room can outlast its last completion.
  void submit(std::vector<Write> writes, Stored done);
  /// The same, waiting; throws the failure. [worker]
  WriteSummary write(std::vector<Write> writes);
  /// Waits until no completion is outstanding.
  void waitForWrites();
  /// Waits until no write and no task on the workers is under way, at most `deadline`; false when it took longer.
  bool drain(Millis deadline);

 private:
  std::mutex mutex_;
  std::condition_variable idle_;
  std::size_t pending_ = 0;
  std::uint64_t submitted_ = 0;
};

}  // namespace parley::chat
