// SPDX-License-Identifier: Apache-2.0
#include "realtime/receipt.h"

#include "base/log.h"

#include <algorithm>
#include <exception>
#include <functional>
#include <utility>

namespace parley::realtime {

namespace {
bool isBefore(const Receipt::Recipient& recipient, const ClientSocket* socket) {
  return std::less<>()(recipient.socket, socket);
}
}  // namespace

Receipt::Receipt(base::WorkerPool& pool, OnDelivered onDelivered, const std::vector<std::string>& users,
                 std::vector<Recipient> recipients)
    : pool_(pool), recipients_(std::move(recipients)), onDelivered_(std::move(onDelivered)) {
  std::stable_sort(recipients_.begin(), recipients_.end(),
                   [](const Recipient& a, const Recipient& b) { return isBefore(a, b.socket); });
  const auto isSame = [](const Recipient& a, const Recipient& b) { return a.socket == b.socket; };
  recipients_.erase(std::unique(recipients_.begin(), recipients_.end(), isSame), recipients_.end());
  users_.reserve(users.size());
  for (const auto& user : users) users_.push_back({user});
  for (const auto& recipient : recipients_)
    if (!std::exchange(users_[recipient.user].isWaiting, true)) ++waiting_;
}

void Receipt::handedOver() {
  {
    const std::lock_guard lock(mutex_);
    telling_ = !written_.empty();
    if (!telling_) return;
  }
  begin();
}

void Receipt::written(const ClientSocket& socket) {
  const auto found = std::lower_bound(recipients_.begin(), recipients_.end(), &socket, isBefore);
  if (found == recipients_.end() || found->socket != &socket) return;
  {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(users_[found->user].isWaiting, false)) return;
    --waiting_;
    written_.push_back(found->user);
    if (std::exchange(telling_, true)) return;
  }
  begin();
}

void Receipt::begin() {
  if (recipients_.size() <= few) return tell();
  pool_.postAccepted([self = shared_from_this()] { self->tell(); });
}

void Receipt::tell() {
  for (;;) {
    std::vector<std::uint32_t> places;
    OnDelivered tellOf;
    {
      const std::lock_guard lock(mutex_);
      telling_ = !written_.empty();
      if (!telling_) return;
      places.swap(written_);
      tellOf = waiting_ == 0 ? std::exchange(onDelivered_, nullptr) : onDelivered_;
    }
    for (const auto place : places) {
      try {
        tellOf(users_[place].id);
      } catch (const std::exception& error) {
        base::log("realtime").error("telling of a delivery failed: {}", error.what());
      }
    }
  }
}

}  // namespace parley::realtime
