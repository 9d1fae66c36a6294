// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/mongodb/write_batch.h"
#include "storage/open_store.h"

#include <condition_variable>
#include <list>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace parley::storage::mongodb {

/// Where submissions meet. Each thread takes all that wait (up to a limit) and carries them out together; what comes
/// meanwhile is the next batch. A collection is in the hands of one thread at a time, so that writes to it stay in the
/// order of arrival.
class WriteQueue {
 public:
  WriteQueue(const MongodbOptions& options, const Operations& operations);
  /// Finishes what is queued.
  ~WriteQueue();
  WriteQueue(const WriteQueue&) = delete;
  WriteQueue& operator=(const WriteQueue&) = delete;

  /// False when the queue is full: the submission is left as it is and `done` will not be called. [any thread]
  [[nodiscard]] bool post(Submission& submission);

  /// Writes that wait. [any thread]
  std::size_t size() const;

  /// Throws INTERNAL on a thread of the queue, which would keep the others waiting.
  static void checkMayWait();

 private:
  using Batch = std::list<Submission>;

  void loop();
  Batch take();
  void collect(Batch& batch);
  void giveBack(const Batch& batch);

  const Operations& operations_;
  std::size_t maxQueued_;
  std::size_t maxBatch_;
  Millis maxWait_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::list<Submission> queue_;
  std::size_t queuedWrites_ = 0;
  std::set<std::string, std::less<>> inHand_;  // collections that a thread writes to
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace parley::storage::mongodb
