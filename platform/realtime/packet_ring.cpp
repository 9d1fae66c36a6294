// SPDX-License-Identifier: Apache-2.0
#include "realtime/packet_ring.h"

#include <algorithm>
#include <utility>

namespace parley::realtime {

PacketRing::PacketRing(std::size_t maxPackets, std::size_t maxBytes, std::string offset)
    : maxPackets_(maxPackets), maxBytes_(maxBytes), before_(std::move(offset)) {}

void PacketRing::add(SharedEvent event) {
  bytes_ += event->bytes;
  events_.push_back(std::move(event));
  while (first_ < events_.size() && (events_.size() - first_ > maxPackets_ || bytes_ > maxBytes_)) forgetFirst(1);
}

bool PacketRing::forgetUpTo(std::string_view offset) {
  if (before_ == offset) return true;
  const auto kept = events();
  // From the back: a client rarely misses much.
  const auto found =
      std::find_if(kept.rbegin(), kept.rend(), [offset](const SharedEvent& event) { return event->offset == offset; });
  if (found == kept.rend()) return false;
  forgetFirst(static_cast<std::size_t>(kept.rend() - found));
  return true;
}

void PacketRing::clear() {
  events_ = {};
  first_ = 0;
  bytes_ = 0;
}

void PacketRing::forgetFirst(std::size_t count) {
  for (; count > 0; --count, ++first_) {
    before_ = events_[first_]->offset;
    bytes_ -= events_[first_]->bytes;
    events_[first_] = nullptr;
  }
  if (first_ * 2 < events_.size()) return;
  events_.erase(events_.begin(), events_.begin() + static_cast<std::ptrdiff_t>(first_));
  first_ = 0;
}

}  // namespace parley::realtime
