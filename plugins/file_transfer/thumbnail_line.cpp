// SPDX-License-Identifier: Apache-2.0
#include "thumbnail_line.h"

#include <algorithm>
#include <limits>

using namespace parley;

namespace file_transfer {

bool ThumbnailLine::add(const std::string& user, const Job& job, Done done) {
  const auto known = users_.find(user);
  const auto held = known == users_.end() ? 0 : known->second.requests;
  if (held >= places_ - requests_) return false;
  // Who comes anew has had the last turn: coming again and again is of no use.
  ++users_.try_emplace(user, User{0, turn_}).first->second.requests;
  ++requests_;
  auto& waiting = jobs_.try_emplace(job.name, Waiting{job, asked_++, false, {}}).first->second;
  waiting.waiters.emplace_back(user, std::move(done));
  return true;
}

/// That of the waiter who has waited longest for one.
std::uint64_t ThumbnailLine::turnOf(const Waiting& waiting) const {
  auto turn = std::numeric_limits<std::uint64_t>::max();
  for (const auto& [user, done] : waiting.waiters) turn = std::min(turn, users_.at(user).turn);
  return turn;
}

std::optional<ThumbnailLine::Job> ThumbnailLine::next() {
  Waiting* next = nullptr;
  std::pair<std::uint64_t, std::uint64_t> first;
  for (auto& [name, waiting] : jobs_) {
    if (waiting.begun) continue;
    const std::pair place(turnOf(waiting), waiting.order);
    if (next != nullptr && place >= first) continue;
    next = &waiting;
    first = place;
  }
  if (next == nullptr) return std::nullopt;
  next->begun = true;
  ++turn_;
  for (const auto& [user, done] : next->waiters) users_.at(user).turn = turn_;
  return next->job;
}

std::vector<ThumbnailLine::Done> ThumbnailLine::end(const std::string& name, const Result<Thumbnail>& result) {
  auto waiters = std::move(jobs_.at(name).waiters);
  jobs_.erase(name);
  std::vector<Done> all;
  for (auto& [user, done] : waiters) {
    --requests_;
    if (--users_.at(user).requests == 0) users_.erase(user);
    all.push_back(std::move(done));
  }
  if (!result) remember(name, result.error());
  return all;
}

/// Of what lies in the image alone; anything else may go better the next time.
void ThumbnailLine::remember(const std::string& name, const Error& error) {
  if (error.code() != ErrorCode::UnsupportedType && error.code() != ErrorCode::PayloadTooLarge) return;
  if (!refusals_.emplace(name, error).second) return;
  refused_.push_back(name);
  if (refused_.size() <= maxRefusals) return;
  refusals_.erase(refused_.front());
  refused_.pop_front();
}

std::optional<Error> ThumbnailLine::refusal(const std::string& name) const {
  const auto found = refusals_.find(name);
  return found == refusals_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace file_transfer
