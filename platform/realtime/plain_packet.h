// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "realtime/packet.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace parley::realtime {

/// A frame of the plain protocol on /ws: `{"event": …, "data": …, "id": n?}` (an Event) or `{"ack": n, "data": …}` (an
/// Ack), as a Packet whose payload has `data` as its one argument. Nothing when it is neither; `fault` says why.
std::optional<Packet> decodePlain(std::string_view text, const PacketLimits& limits, const char*& fault);

/// `data` is the text of a JSON value.
std::string encodePlainEvent(std::string_view event, std::string_view data, std::optional<std::uint64_t> id);
std::string encodePlainAck(std::uint64_t id, std::string_view data);

}  // namespace parley::realtime
