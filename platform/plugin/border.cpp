// SPDX-License-Identifier: Apache-2.0
#include "plugin/border.h"

#include <algorithm>
#include <map>

namespace parley::plugin {

Border::Border(std::string plugin, const BorderOptions& options, const Clock& clock,
               std::function<void(const std::string& reason)> alarm)
    : plugin_(std::move(plugin)), options_(options), clock_(clock), alarm_(std::move(alarm)) {}

Site& Border::site(std::string name) {
  const std::lock_guard lock(mutex_);
  sites_.emplace_back().name = std::move(name);
  return sites_.back();
}

std::vector<Site> Border::sites() const {
  const std::lock_guard lock(mutex_);
  return {sites_.begin(), sites_.end()};
}

thread_local const Border::Running* Border::Running::innermost = nullptr;

bool Border::Running::isInside(const Border& border) {
  for (const auto* call = innermost; call != nullptr; call = call->outer_)
    if (&call->border_ == &border) return true;
  return false;
}

bool Border::enter(Site& site) {
  const std::lock_guard lock(mutex_);
  if (closed_ && !Running::isInside(*this)) return false;
  ++running_;
  ++site.running;
  return true;
}

/// Also through a closed border: who holds something is let finish.
void Border::enterHeld(Site& site) {
  const std::lock_guard lock(mutex_);
  ++running_;
  ++site.running;
}

void Border::leave(Site& site, Instant begin, const std::string* failure) {
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(clock_.steady() - begin);
  if (took > options_.slowCall)
    base::log("plugins").warn("{}: {} took {} ms", plugin_, site.name,
                              std::chrono::duration_cast<Millis>(took).count());
  if (failure != nullptr) base::log("plugins").error("{}: {} failed: {}", plugin_, site.name, *failure);
  std::unique_lock lock(mutex_);
  ++site.calls;
  site.total += took;
  site.longest = std::max(site.longest, took);
  if (failure == nullptr) {
    failuresInARow_ = 0;
  } else {
    ++site.failures;
    if (const auto reason = countFailure(); !reason.empty()) {
      lock.unlock();
      alarm_(reason);  // while the call still counts as running
      lock.lock();
    }
  }
  --running_;
  --site.running;
  notifyIfIdle();
}

void Border::countUntaken(Site& site) {
  const std::lock_guard lock(mutex_);
  ++site.failures;
}

std::string Border::countFailure() {
  ++failuresInARow_;
  const auto now = clock_.steady();
  failures_.push_back(now);
  while (now - failures_.front() > std::chrono::minutes(1)) failures_.pop_front();
  std::string reason;
  if (options_.failuresInARow > 0 && failuresInARow_ >= options_.failuresInARow)
    reason = std::to_string(failuresInARow_) + " failed calls in a row";
  else if (options_.failuresPerMinute > 0 && failures_.size() >= static_cast<std::size_t>(options_.failuresPerMinute))
    reason = std::to_string(failures_.size()) + " failed calls within a minute";
  if (options_.failuresPerMinute <= 0) failures_.clear();
  if (reason.empty() || alarmed_ || closed_) return {};
  alarmed_ = true;
  closed_ = true;
  return reason;
}

void Border::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
}

bool Border::waitIdle(Millis deadline) {
  std::unique_lock lock(mutex_);
  return idle_.wait_for(lock, deadline, [this] { return running_ + callbacks_ + replies_ == 0; });
}

bool Border::isBusy() const {
  const std::lock_guard lock(mutex_);
  return running_ + callbacks_ > 0;
}

bool Border::hasReplies() const {
  const std::lock_guard lock(mutex_);
  return std::any_of(tracked_.begin(), tracked_.end(),
                     [](const auto& item) { return item.second.kind == Kind::Reply; });
}

std::string Border::whatHolds() const {
  const std::lock_guard lock(mutex_);
  std::map<const Site*, int> held;
  for (const auto& [address, tracked] : tracked_) ++held[tracked.site];
  std::string text;
  const auto add = [&](const Site& site, int count, const char* what) {
    if (count > 0) text += (text.empty() ? "" : ", ") + site.name + ": " + std::to_string(count) + " " + what;
  };
  for (const auto& site : sites_) {
    add(site, site.running, "running");
    const auto found = held.find(&site);
    if (found != held.end()) add(site, found->second, "not finished");
  }
  return text;
}

void Border::notifyIfIdle() {
  if (running_ + callbacks_ + replies_ == 0) idle_.notify_all();
}

void Border::track(const std::shared_ptr<Revocable>& item, const Site& site, Kind kind) {
  const std::lock_guard lock(mutex_);
  tracked_[item.get()] = {item, kind, &site};
}

void Border::forget(const Revocable* item) {
  const std::lock_guard lock(mutex_);
  tracked_.erase(item);
}

void Border::revoke(bool replies) {
  std::vector<std::shared_ptr<Revocable>> items;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [address, tracked] : tracked_)
      if ((tracked.kind == Kind::Reply) == replies)
        if (auto item = tracked.item.lock()) items.push_back(std::move(item));
  }
  for (const auto& item : items) item->revoke();
}

Error Border::switchedOff(const Site& site) const {
  return {ErrorCode::FeatureDisabled, site.name + ": plugin " + plugin_ + " is switched off"};
}

Error Border::unanswered() const {
  const std::lock_guard lock(mutex_);
  return closed_ ? Error(ErrorCode::FeatureDisabled, "plugin " + plugin_ + " was switched off")
                 : Error(ErrorCode::Internal, "no answer");
}

void Border::logDropped(const Site& site) const {
  base::log("plugins").warn("{}: {} came too late and was dropped", plugin_, site.name);
}

void Border::logReply(const Site& site, const char* what) const {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
  }
  base::log("plugins").warn("{}: {} {}", plugin_, site.name, what);
}

Border::Hold::Hold(std::shared_ptr<Border> border, Kind kind) : border_(std::move(border)), kind_(kind) {
  const std::lock_guard lock(border_->mutex_);
  ++(kind_ == Kind::Reply ? border_->replies_ : border_->callbacks_);
}

Border::Hold::~Hold() {
  const std::lock_guard lock(border_->mutex_);
  --(kind_ == Kind::Reply ? border_->replies_ : border_->callbacks_);
  border_->notifyIfIdle();
}

}  // namespace parley::plugin
