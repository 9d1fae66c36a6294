// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/group_commit.h"

#include "base/log.h"
#include "base/threads.h"
#include "base/worker_pool.h"
#include "storage/completion.h"
#include "storage/sqlite/command_timer.h"

#include <algorithm>
#include <future>
#include <utility>

namespace parley::storage::sqlite {

namespace {

/// A log this many times longer than it should be is a reason to wait for readers.
constexpr int forcedFactor = 8;
constexpr Millis forcedWait{200};

std::optional<Error> attempt(const std::function<void(Connection&)>& run, Connection& connection) {
  try {
    run(connection);
    return std::nullopt;
  } catch (const Error& error) {
    return error;
  } catch (const std::exception& error) {
    base::log("storage").error("write failed: {}", error.what());
    return Error(ErrorCode::Internal, "the write failed");
  }
}

}  // namespace

GroupCommit::GroupCommit(const SqliteOptions& options, std::unique_ptr<Connection> connection,
                         CommandCounters& counters)
    : counters_(counters),
      connection_(std::move(connection)),
      checkpointer_(std::make_unique<Connection>(options, Connection::Mode::Write)),
      maxQueued_(options.maxQueuedWrites),
      maxBatch_(options.maxBatch),
      checkpointPages_(static_cast<int>(std::max<std::size_t>(options.checkpointBytes / pageBytes, 1))),
      nextCheckpoint_(checkpointPages_),
      nextForced_(checkpointPages_ * forcedFactor),
      thread_([this] { loop(); }) {}

GroupCommit::~GroupCommit() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

bool GroupCommit::post(WriteJob&& job) {
  {
    const std::lock_guard lock(mutex_);
    // One job that is larger than the whole queue may pass when nothing else waits.
    if (stopping_ || (!queue_.empty() && queuedWrites_ + job.writes > maxQueued_)) return false;
    queuedWrites_ += job.writes;
    queue_.push_back(std::move(job));
  }
  wake_.notify_one();
  return true;
}

void GroupCommit::wait(std::function<void(Connection&)> run, std::size_t writes) {
  if (std::this_thread::get_id() == thread_.get_id())
    throw Error(ErrorCode::Internal, "a completion of the store must not write and wait");
  const auto promise = std::make_shared<std::promise<std::optional<Error>>>();
  auto answer = promise->get_future();
  WriteJob job{writes, std::move(run), [promise](const std::optional<Error>& failure) { promise->set_value(failure); }};
  if (!post(std::move(job))) throw Error(ErrorCode::Unavailable, "too many writes are waiting");
  const base::Waiting waiting;
  if (const auto failure = answer.get()) throw *failure;
}

std::size_t GroupCommit::size() const {
  const std::lock_guard lock(mutex_);
  return queuedWrites_;
}

void GroupCommit::loop() {
  base::nameThread("commit");
  base::wakeWithoutPreempting();
  for (;;) {
    const auto batch = take();
    if (batch.empty()) return;
    const auto failures = commit(batch);
    for (std::size_t i = 0; i < batch.size(); ++i) complete([&] { batch[i].done(failures[i]); });
    checkpointIfDue();
  }
}

GroupCommit::Batch GroupCommit::take() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
  // Whoever else can run goes first: what they bring makes the batch larger. Where nobody waits, this is nothing.
  lock.unlock();
  std::this_thread::yield();
  lock.lock();
  Batch batch;
  std::size_t writes = 0;
  while (!queue_.empty() && (batch.empty() || writes + queue_.front().writes <= maxBatch_)) {
    writes += queue_.front().writes;
    batch.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  queuedWrites_ -= writes;
  return batch;
}

std::vector<std::optional<Error>> GroupCommit::commit(const Batch& batch) {
  CommandTimer timer(counters_, CommandCounters::Kind::Write);
  bool failed = false;
  auto failures = tryToCommit(batch, failed);
  if (failed) timer.fail();
  std::uint64_t writes = 0;
  for (const auto& job : batch) writes += job.writes;
  counters_.wrote(writes);
  return failures;
}

std::vector<std::optional<Error>> GroupCommit::tryToCommit(const Batch& batch, bool& failed) {
  std::vector<std::optional<Error>> failures(batch.size());
  auto whole = attempt([](Connection& connection) { connection.execute(Sql("BEGIN IMMEDIATE")); }, *connection_);
  for (std::size_t i = 0; i < batch.size() && !whole; ++i) {
    failures[i] = attempt(batch[i].run, *connection_);
    if (!connection_->inTransaction()) whole = Error(ErrorCode::Unavailable, "the database took nothing");
  }
  if (!whole) whole = attempt([](Connection& connection) { connection.execute(Sql("COMMIT")); }, *connection_);
  failed = whole.has_value();
  if (!failed) {
    connection_->noteSuccess();
    return failures;
  }
  if (connection_->inTransaction())
    attempt([](Connection& connection) { connection.execute(Sql("ROLLBACK")); }, *connection_);
  const Error unavailable(ErrorCode::Unavailable, "the write could not be made durable");
  std::fill(failures.begin(), failures.end(), unavailable);
  return failures;
}

/// Most of the log is moved beside the commits; what these have added meanwhile is little, and is moved by this thread
/// then, so that the log can begin anew. Readers that overlap without a gap keep it from that; when it has grown far,
/// they are waited for, and new ones read past the log meanwhile. A long read may stand in the way all the same: the
/// next attempt comes after as many pages again, not with each commit.
void GroupCommit::checkpointIfDue() {
  const int pages = connection_->logPages();
  if (pages < lastLogPages_) {  // it has begun anew
    nextCheckpoint_ = checkpointPages_;
    nextForced_ = checkpointPages_ * forcedFactor;
  }
  lastLogPages_ = pages;
  if (pages >= nextForced_ && !checkpointer_.isBusy()) {
    nextForced_ = pages + checkpointPages_ * forcedFactor;
    if (!connection_->restartLog(forcedWait))
      base::log("storage").warn("a long read keeps {} pages in the write-ahead log", pages);
  } else if (checkpointer_.hasEnded()) {
    connection_->moveLog();
    nextCheckpoint_ = pages + checkpointPages_;
  } else if (pages >= nextCheckpoint_) {
    checkpointer_.begin();
  }
}

}  // namespace parley::storage::sqlite
