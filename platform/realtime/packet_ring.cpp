// SPDX-License-Identifier: Apache-2.0
#include "realtime/packet_ring.h"

#include <algorithm>
#include <utility>

namespace parley::realtime {

namespace {
std::size_t sizeOf(const OutEvent& event) {
  return event.recoverable->webSocketFrames().size();
}
}  // namespace

PacketRing::PacketRing(const RecoveryOptions& options, std::string offset)
    : options_(options), before_(std::move(offset)) {}

void PacketRing::add(SharedEvent event) {
  bytes_ += sizeOf(*event);
  if (count_ == options_.maxPackets) forgetFirst();
  if (count_ == places_.size()) {
    events();
    places_.resize(std::clamp<std::size_t>(2 * std::size_t{count_}, 1, options_.maxPackets));
  }
  const auto place = std::size_t{first_} + count_++;
  places_[place < places_.size() ? place : place - places_.size()] = std::move(event);
  while (count_ > 0 && bytes_ > options_.maxBytes) forgetFirst();
}

bool PacketRing::forgetUpTo(std::string_view offset) {
  sent_ = 0;  // over a line that has broken
  if (before_ == offset) return true;
  const auto kept = events();
  // From the back: a client rarely misses much.
  const auto found = std::find_if(kept.rbegin(), kept.rend(), [offset](const SharedEvent& event) {
    return event->recoverable->offset() == offset;
  });
  if (found == kept.rend()) return false;
  for (auto left = kept.rend() - found; left > 0; --left) forgetFirst();
  return true;
}

std::span<const SharedEvent> PacketRing::events() {
  std::rotate(places_.begin(), places_.begin() + first_, places_.end());
  first_ = 0;
  return std::span(places_).first(count_);
}

void PacketRing::confirm() {
  while (sent_ > 0) forgetFirst();
  if (count_ == 0) clear();
  sent_ = count_;
}

void PacketRing::clear() {
  places_ = {};
  first_ = 0;
  count_ = 0;
  sent_ = 0;
  bytes_ = 0;
}

void PacketRing::forgetFirst() {
  const auto event = std::exchange(places_[first_], nullptr);
  before_ = event->recoverable->offset();
  bytes_ -= sizeOf(*event);
  if (++first_ == places_.size()) first_ = 0;
  --count_;
  if (sent_ > 0) --sent_;
}

}  // namespace parley::realtime
