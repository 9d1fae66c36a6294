// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/sqlite/checkpointer.h"
#include "storage/sqlite/connection.h"
#include "storage/store_figures.h"

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace parley::storage::sqlite {

/// What one caller wants written.
struct WriteJob {
  std::size_t writes = 1;  ///< what it counts towards the limits
  /// Does it, inside a transaction that other jobs share; throws Error. A statement that fails leaves no trace, those
  /// before it stay: SQLite undoes a failed statement alone.
  std::function<void(Connection&)> run;
  /// Called once, when all is durable or has failed. Must not throw nor block.
  std::function<void(const std::optional<Error>& failure)> done;
};

/// The one thread that writes. It takes all jobs that wait (up to a limit) into one transaction, so that they share the
/// cost of making it durable; jobs run in the order of arrival.
class GroupCommit {
 public:
  /// The database must be there and claimed. `counters` outlives this.
  GroupCommit(const SqliteOptions& options, std::unique_ptr<Connection> connection, CommandCounters& counters);
  /// Finishes what is queued.
  ~GroupCommit();
  GroupCommit(const GroupCommit&) = delete;
  GroupCommit& operator=(const GroupCommit&) = delete;

  /// False when the queue is full: the job has not been taken and `done` will not be called. [any thread]
  [[nodiscard]] bool post(WriteJob&& job);

  /// Posts and waits; throws what the job throws, UNAVAILABLE when the queue is full, INTERNAL on the thread that
  /// writes, which would wait for itself. [any thread]
  void wait(std::function<void(Connection&)> run, std::size_t writes = 1);

  /// Writes that wait. [any thread]
  std::size_t size() const;

 private:
  using Batch = std::vector<WriteJob>;

  void loop();
  Batch take();
  std::vector<std::optional<Error>> commit(const Batch& batch);
  std::vector<std::optional<Error>> tryToCommit(const Batch& batch, bool& failed);
  void checkpointIfDue();

  CommandCounters& counters_;
  std::unique_ptr<Connection> connection_;
  Checkpointer checkpointer_;
  std::size_t maxQueued_;
  std::size_t maxBatch_;
  int checkpointPages_;
  int nextCheckpoint_;  // at this length of the log
  int nextForced_;
  int lastLogPages_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<WriteJob> queue_;
  std::size_t queuedWrites_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace parley::storage::sqlite
