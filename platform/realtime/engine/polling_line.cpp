// SPDX-License-Identifier: Apache-2.0
#include "realtime/engine/polling_line.h"

#include "net/outbound_queue.h"
#include "realtime/engine/engine_answers.h"

#include <algorithm>
#include <iterator>

namespace parley::realtime {

namespace {

std::size_t sizeOf(const PollingLine::Item& item) {
  return item.message ? item.message->webSocketFrames().size() : 1;
}

void append(std::string& payload, const PollingLine::Item& item) {
  if (!payload.empty()) payload += recordSeparator;
  if (item.message) {
    payload += item.message->pollingPackets();
  } else {
    payload += static_cast<char>(item.packet);
  }
}

}  // namespace

void PollingLine::park(http::Responder responder, std::uint64_t number) {
  poll_ = std::move(responder);
  pollNumber_ = number;
  polls_ = true;
}

bool PollingLine::hasRoom(std::size_t limit) const {
  const std::size_t ahead = !polls_ ? 0 : onItsWay_.expired() ? 2 : 1;
  const auto allowed = ahead * std::max(maxPayload_, largest_);
  return net::OutboundQueue::isBelow(limit, queuedBytes_ - std::min(queuedBytes_, allowed), items_.size());
}

void PollingLine::push(Item item) {
  const auto size = sizeOf(item);
  largest_ = items_.empty() ? size : std::max(largest_, size);
  queuedBytes_ += size;
  items_.push_back(std::move(item));
}

std::vector<PollingLine::Item> PollingLine::takeItems() {
  queuedBytes_ = 0;
  std::vector<Item> taken(std::make_move_iterator(items_.begin()), std::make_move_iterator(items_.end()));
  items_.clear();
  return taken;
}

std::vector<std::function<void()>> PollingLine::flush() {
  std::vector<std::function<void()>> written;
  if (!poll_ || items_.empty()) return written;
  std::string payload;
  std::size_t packets = 0;
  auto next = items_.begin();
  for (; next != items_.end(); ++next) {
    const auto more = next->message ? next->message->pollingPackets().size() : 1;
    const auto morePackets = next->message ? next->message->pollingPacketCount() : 1;
    if (packets > 0 && (payload.size() + 1 + more > maxPayload_ || packets + morePackets > maxPackets_)) break;
    packets += morePackets;
    append(payload, *next);
    queuedBytes_ -= sizeOf(*next);
    if (next->written) written.push_back(std::move(next->written));
  }
  items_.erase(items_.begin(), next);
  answer(std::move(payload));
  return written;
}

void PollingLine::release(EnginePacketType packet) {
  if (poll_) answer(std::string(1, static_cast<char>(packet)));
}

void PollingLine::refuse() {
  if (poll_) (*std::exchange(poll_, std::nullopt))(engineError(EngineError::BadRequest));
  if (post) post->responder(engineError(EngineError::BadRequest));
  post.reset();
}

void PollingLine::answer(std::string payload) {
  auto response = payloadAnswer(std::move(payload));
  onItsWay_ = response.source;
  (*std::exchange(poll_, std::nullopt))(std::move(response));
}

}  // namespace parley::realtime
