// SPDX-License-Identifier: Apache-2.0
#include "storage/mongodb/write_queue.h"

#include "base/clock.h"
#include "storage/completion.h"

#include <algorithm>

namespace parley::storage::mongodb {

namespace {

thread_local bool isWriter = false;

bool anyIn(const std::set<std::string>& some, const std::set<std::string, std::less<>>& taken) {
  return std::any_of(some.begin(), some.end(), [&](const auto& name) { return taken.contains(name); });
}

}  // namespace

WriteQueue::WriteQueue(const MongodbOptions& options, const Operations& operations)
    : operations_(operations),
      maxQueued_(options.maxQueuedWrites),
      maxBatch_(options.maxBatch),
      maxWait_(options.queueWait) {
  for (std::size_t i = 0; i < std::max<std::size_t>(options.writers, 1); ++i) threads_.emplace_back([this] { loop(); });
}

WriteQueue::~WriteQueue() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (auto& thread : threads_) thread.join();
}

void WriteQueue::checkMayWait() {
  if (isWriter) throw Error(ErrorCode::Internal, "a completion of the store must not write and wait");
}

bool WriteQueue::post(Submission& submission) {
  submission.since = base::SystemClock().steady();
  {
    const std::lock_guard lock(mutex_);
    // One that is larger than the whole queue may pass when nothing else waits.
    const auto weight = submission.weight();
    if (stopping_ || (!queue_.empty() && queuedWrites_ + weight > maxQueued_)) return false;
    queuedWrites_ += weight;
    queue_.push_back(std::move(submission));
  }
  wake_.notify_one();
  return true;
}

std::size_t WriteQueue::size() const {
  const std::lock_guard lock(mutex_);
  return queuedWrites_;
}

void WriteQueue::loop() {
  isWriter = true;
  const Passage passage;
  for (;;) {
    auto batch = take();
    if (batch.empty()) return;
    const auto oldest = base::SystemClock().steady() - maxWait_;
    for (auto& submission : batch) {
      if (submission.since >= oldest) continue;
      submission.statements.clear();
      submission.failure = Error(ErrorCode::Unavailable, "the write has waited too long for the database");
    }
    carryOut(batch, operations_);
    for (const auto& submission : batch)
      complete([&] {
        if (submission.failure) return submission.done(*submission.failure);
        submission.done(WriteSummary{submission.affected});
      });
    giveBack(batch);
  }
}

WriteQueue::Batch WriteQueue::take() {
  std::unique_lock lock(mutex_);
  Batch batch;
  wake_.wait(lock, [&] {
    collect(batch);
    return !batch.empty() || (stopping_ && queue_.empty());
  });
  for (const auto& submission : batch) inHand_.insert(submission.collections.begin(), submission.collections.end());
  return batch;
}

/// Those whose collections are in nobody's hand, and that overtake none on the same collection.
void WriteQueue::collect(Batch& batch) {
  auto closed = inHand_;
  std::size_t writes = 0;
  for (auto at = queue_.begin(); at != queue_.end() && writes < maxBatch_;) {
    const auto next = std::next(at);
    const auto weight = at->weight();
    if ((batch.empty() || writes + weight <= maxBatch_) && !anyIn(at->collections, closed)) {
      writes += weight;
      batch.splice(batch.end(), queue_, at);
    } else {
      closed.insert(at->collections.begin(), at->collections.end());
    }
    at = next;
  }
  queuedWrites_ -= writes;
}

/// After the completions, so that these come in order too.
void WriteQueue::giveBack(const Batch& batch) {
  {
    const std::lock_guard lock(mutex_);
    for (const auto& submission : batch)
      for (const auto& name : submission.collections) inHand_.erase(name);
  }
  wake_.notify_all();
}

}  // namespace parley::storage::mongodb
