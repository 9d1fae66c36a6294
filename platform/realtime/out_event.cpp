// SPDX-License-Identifier: Apache-2.0
#include "realtime/out_event.h"

#include "base/id.h"
#include "base/json_text.h"
#include "base/log.h"
#include "realtime/packet.h"
#include "realtime/plain_packet.h"

#include <utility>

namespace parley::realtime {

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
  const bool isOfValues = emit.payload.written.text.empty();  // what is written is UTF-8
  bool isMended = false;
  if (needed.bare || needed.recoverable) {
    auto open = openEventArray(emit.event, emit.payload);
    if (isOfValues) isMended = base::mendJson(open);
    auto message = [&](std::string_view offset) {
      return std::make_shared<const OutMessage>(OutMessage::Framing::EngineIo,
                                                encodeEvent(emit.nameSpace, askId, attachments.size(), open, offset),
                                                attachments, offset.size());
    };
    if (kept) event->recoverable = message(run_ + '.' + std::to_string(next_.fetch_add(1, std::memory_order_relaxed)));
    if (needed.bare || !kept) event->bare = message({});
  }
  if (needed.plain) {
    auto text = encodePlainEvent(emit.event, firstArgument(emit.payload), askId);
    if (isOfValues) isMended |= base::mendJson(text);
    event->plain = std::make_shared<const OutMessage>(OutMessage::Framing::Plain, std::move(text));
  }
  if (isMended)
    base::log("realtime")
        .warn("event {}: it had text that is not UTF-8 or a number that is not finite, and has U+FFFD or null there",
              emit.event);
  return event;
}

}  // namespace parley::realtime
