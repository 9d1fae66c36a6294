// SPDX-License-Identifier: Apache-2.0
// What the decoder takes, the encoder writes so that it is read as the same packet. Messages are separated by 0x1e, as
// in a polling payload; one that starts with 'b' is binary.
#include "realtime/packet.h"
#include "realtime/plain_packet.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <utility>

using namespace parley;
using namespace parley::realtime;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

/// Boost reads long numbers with a small error, so that doubles need not come back exactly.
bool isSame(const Json& one, const Json& other) {
  if (one.is_double() && other.is_double()) {
    const auto distance = std::abs(one.get_double() - other.get_double());
    return distance <= 1e-9 * std::abs(one.get_double()) || distance < 1e-300;
  }
  if (one.is_array() && other.is_array())
    return std::equal(one.get_array().begin(), one.get_array().end(), other.get_array().begin(),
                      other.get_array().end(), isSame);
  if (!one.is_object() || !other.is_object()) return one == other;
  const auto& members = one.get_object();
  return members.size() == other.get_object().size() && std::all_of(members.begin(), members.end(), [&](auto& member) {
           const auto* twin = other.get_object().if_contains(member.key());
           return twin != nullptr && isSame(member.value(), *twin);
         });
}

/// Near the largest double that error may pass it.
bool isExtreme(const Json& value) {
  if (value.is_double()) return std::abs(value.get_double()) > 1e300;
  if (value.is_array()) return std::any_of(value.get_array().begin(), value.get_array().end(), isExtreme);
  if (!value.is_object()) return false;
  const auto& members = value.get_object();
  return std::any_of(members.begin(), members.end(), [](const auto& member) { return isExtreme(member.value()); });
}

void requireSame(const Packet& one, const Packet& other) {
  require(one.type == other.type && one.nameSpace == other.nameSpace && one.id == other.id);
  require(one.event == other.event && one.payload.attachments == other.payload.attachments);
  require(isSame(Json(one.payload.args), Json(other.payload.args)));
}

void checkPacket(const Packet& packet) {
  if (isExtreme(Json(packet.payload.args))) return;
  const auto& attachments = packet.payload.attachments;
  std::string text;
  if (packet.type == PacketType::Event)
    text =
        encodeEvent(packet.nameSpace, packet.id, attachments.size(), openEventArray(packet.event, packet.payload), "");
  else if (packet.type == PacketType::Ack)
    text = encodeAck(packet.nameSpace, *packet.id, packet.payload);
  else
    return;
  PacketLimits wide;  // numbers and escapes may be longer when written again
  wide.maxBytes *= 16;
  PacketDecoder decoder{wide};
  auto status = decoder.addText(text);
  for (const auto& attachment : attachments) {
    require(status == PacketDecoder::Status::More);
    status = decoder.addBinary(attachment);
  }
  require(status == PacketDecoder::Status::Complete);
  requireSame(packet, decoder.take());
}

void checkPlain(std::string_view text) {
  const char* fault = nullptr;
  const auto packet = decodePlain(text, PacketLimits{}, fault);
  require(packet.has_value() != (fault != nullptr));
  if (!packet || packet->payload.args.empty() || isExtreme(packet->payload.args.front())) return;
  const auto data = boost::json::serialize(packet->payload.args.front());
  const auto again = packet->type == PacketType::Event ? encodePlainEvent(packet->event, data, packet->id)
                                                       : encodePlainAck(*packet->id, data);
  const auto second = decodePlain(again, PacketLimits{}, fault);
  require(second.has_value());
  requireSame(*packet, *second);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  checkPlain(input);
  const PacketLimits limits;
  PacketDecoder decoder{limits};
  while (!input.empty()) {
    const auto message = input.substr(0, input.find('\x1e'));
    input.remove_prefix(std::min(message.size() + 1, input.size()));
    const bool binary = !message.empty() && message.front() == 'b';
    const auto status = binary ? decoder.addBinary(std::string(message.substr(1))) : decoder.addText(message);
    if (status == PacketDecoder::Status::Malformed) return 0;
    if (status == PacketDecoder::Status::Complete) checkPacket(decoder.take());
  }
  return 0;
}
