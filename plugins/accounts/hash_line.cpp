// SPDX-License-Identifier: Apache-2.0
#include "hash_line.h"

#include <exception>
#include <string>

using namespace parley;

namespace accounts {

namespace {

Error tooMany() {
  return {ErrorCode::Unavailable, "too many passwords wait to be checked", {"accounts.busy"}};
}

}  // namespace

bool HashLine::isFullLocked(Turn turn) const {
  return waitingLocked() + running_ >= waiting_ + atOnce_ && (turn == Turn::Last || last_.empty());
}

void HashLine::requireRoom(Turn turn) const {
  const std::lock_guard lock(mutex_);
  if (isFullLocked(turn)) throw tooMany();
}

void HashLine::enter(Turn turn, Job job) {
  std::optional<Job> pushedOut;
  {
    const std::lock_guard lock(mutex_);
    if (isFullLocked(turn)) throw tooMany();
    if (waitingLocked() + running_ >= waiting_ + atOnce_) {
      pushedOut = std::move(last_.back());
      last_.pop_back();
    }
    (turn == Turn::First ? first_ : last_).push_back(std::move(job));
  }
  if (pushedOut) pushedOut->reply(tooMany());
  next();
}

/// Begins with what waits, as far as that is allowed.
void HashLine::next() {
  std::shared_ptr<Job> job;
  {
    const std::lock_guard lock(mutex_);
    if (waitingLocked() == 0 || running_ >= atOnce_) return;
    auto& jobs = first_.empty() ? last_ : first_;
    job = std::make_shared<Job>(std::move(jobs.front()));
    jobs.pop_front();
    ++running_;
  }
  if (scope_.post([this, job] { perform(*job); })) return;
  job->reply(tooMany());
  leave();
}

void HashLine::leave() {
  {
    const std::lock_guard lock(mutex_);
    --running_;
  }
  next();
}

void HashLine::perform(const Job& job) {
  bool hashed = false;
  answering(job, [&] {
    job.hash();
    hashed = true;
  });
  leave();
  if (hashed) answering(job, [&] { job.reply(job.answer()); });
}

void HashLine::answering(const Job& job, const std::function<void()>& step) {
  try {
    step();
  } catch (const Error& error) {
    job.reply(error);
  } catch (const std::exception& error) {
    scope_.log().error(std::string("a request failed: ") + error.what());
    job.reply(Error(ErrorCode::Internal, "the request failed"));
  }
}

}  // namespace accounts
