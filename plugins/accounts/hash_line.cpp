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

void HashLine::enter(Job job) {
  {
    const std::lock_guard lock(mutex_);
    if (jobs_.size() + running_ >= waiting_ + atOnce_) throw tooMany();
    jobs_.push_back(std::move(job));
  }
  next();
}

/// Begins with what waits, as far as that is allowed.
void HashLine::next() {
  std::shared_ptr<Job> job;
  {
    const std::lock_guard lock(mutex_);
    if (jobs_.empty() || running_ >= atOnce_) return;
    job = std::make_shared<Job>(std::move(jobs_.front()));
    jobs_.pop_front();
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
