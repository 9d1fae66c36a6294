// SPDX-License-Identifier: Apache-2.0
#include "realtime/out_event.h"

#include "base/id.h"
#include "base/log.h"
#include "realtime/packet.h"
#include "realtime/plain_packet.h"

#include <exception>
#include <utility>

namespace parley::realtime {

Receipt::Receipt(base::WorkerPool& pool, OnDelivered onDelivered,
                 std::unordered_map<std::string, std::string> userOfSocket)
    : pool_(pool), userOfSocket_(std::move(userOfSocket)), onDelivered_(std::move(onDelivered)) {
  for (const auto& [socket, user] : userOfSocket_) waiting_.insert(user);
}

void Receipt::handedOver() {
  {
    const std::lock_guard lock(mutex_);
    telling_ = !written_.empty();
    if (!telling_) return;
  }
  begin();
}

void Receipt::written(const std::string& socketId) {
  const auto user = userOfSocket_.find(socketId);
  if (user == userOfSocket_.end()) return;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.erase(user->second) == 0) return;
    written_.push_back(user->second);
    if (std::exchange(telling_, true)) return;
  }
  begin();
}

void Receipt::begin() {
  if (userOfSocket_.size() <= few) return tell();
  pool_.postAccepted([self = shared_from_this()] { self->tell(); });
}

void Receipt::tell() {
  for (;;) {
    std::vector<std::string> users;
    OnDelivered tellOf;
    {
      const std::lock_guard lock(mutex_);
      telling_ = !written_.empty();
      if (!telling_) return;
      users.swap(written_);
      tellOf = waiting_.empty() ? std::exchange(onDelivered_, nullptr) : onDelivered_;
    }
    for (const auto& user : users) {
      try {
        tellOf(user);
      } catch (const std::exception& error) {
        base::log("realtime").error("telling of a delivery failed: {}", error.what());
      }
    }
  }
}

namespace {
std::string firstArgument(const Payload& payload) {
  if (!payload.written.text.empty()) return payload.written.text;
  return payload.args.empty() ? "null" : boost::json::serialize(payload.args.front());
}
}  // namespace

EventEncoder::EventEncoder() : run_(base::randomToken(6)) {}

std::shared_ptr<OutEvent> EventEncoder::encode(const Emit& emit, Encodings needed, std::optional<std::uint64_t> askId) {
  auto event = std::make_shared<OutEvent>();
  event->isVolatile = emit.isVolatile;
  const bool kept = needed.recoverable && !askId && !emit.isVolatile;
  const auto& attachments = emit.payload.attachments;
  if (needed.bare || needed.recoverable) {
    const auto open = openEventArray(emit.event, emit.payload);
    auto message = [&](std::string_view offset) {
      return std::make_shared<const OutMessage>(OutMessage::Framing::EngineIo,
                                                encodeEvent(emit.nameSpace, askId, attachments.size(), open, offset),
                                                attachments, offset.size());
    };
    if (kept) event->recoverable = message(run_ + '.' + std::to_string(next_.fetch_add(1, std::memory_order_relaxed)));
    if (needed.bare || !kept) event->bare = message({});
  }
  if (needed.plain) {
    event->plain = std::make_shared<const OutMessage>(OutMessage::Framing::Plain,
                                                      encodePlainEvent(emit.event, firstArgument(emit.payload), askId));
  }
  return event;
}

}  // namespace parley::realtime
