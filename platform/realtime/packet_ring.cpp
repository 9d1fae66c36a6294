// SPDX-License-Identifier: Apache-2.0
#include "realtime/packet_ring.h"

#include <algorithm>
#include <utility>

namespace parley::realtime {

namespace {
std::size_t sizeOf(const OutMessage& message) {
  return message.webSocketFrames().size();
}
}  // namespace

PacketRing::PacketRing(const RecoveryOptions& options, std::string offset)
    : options_(options), before_(std::move(offset)) {}

void PacketRing::add(const SharedMessage& message, const std::shared_ptr<Receipt>& receipt) {
  bytes_ += sizeOf(*message);
  if (count_ == options_.maxPackets) forgetFirst();
  if (count_ == places_.size()) {
    messages();
    places_.resize(std::clamp<std::size_t>(2 * std::size_t{count_}, 1, options_.maxPackets));
  }
  auto& kept = at(count_++);
  kept.message = message;
  kept.receipt = receipt;
  while (count_ > 0 && bytes_ > options_.maxBytes) forgetFirst();
}

void PacketRing::forget(const Receipt& receipt) {
  // From the back: little waits to be written.
  for (auto i = count_; i-- > 0;) {
    if (at(i).receipt.get() != &receipt) continue;
    at(i).receipt = nullptr;
    return;
  }
}

bool PacketRing::forgetUpTo(std::string_view offset) {
  sent_ = 0;  // over a line that has broken
  if (before_ == offset) return true;
  const auto kept = messages();
  // From the back: a client rarely misses much.
  const auto found =
      std::find_if(kept.rbegin(), kept.rend(), [offset](const Kept& one) { return one.message->offset() == offset; });
  if (found == kept.rend()) return false;
  for (auto left = kept.rend() - found; left > 0; --left) forgetFirst();
  return true;
}

std::span<const PacketRing::Kept> PacketRing::messages() {
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

PacketRing::Kept& PacketRing::at(std::uint32_t index) {
  const auto place = std::size_t{first_} + index;
  return places_[place < places_.size() ? place : place - places_.size()];
}

void PacketRing::forgetFirst() {
  auto& kept = places_[first_];
  before_ = kept.message->offset();
  bytes_ -= sizeOf(*kept.message);
  if (++first_ == places_.size()) first_ = 0;
  --count_;
  if (sent_ > 0) --sent_;
  kept.message.reset();
  kept.receipt.reset();
}

}  // namespace parley::realtime
