// SPDX-License-Identifier: Apache-2.0
// What the decoder takes, the encoder writes so that it is read as the same packet. Messages are separated by 0x1e, as
// in a polling payload; one that starts with 'b' is binary.
#include "realtime/packet.h"
#include "realtime/plain_packet.h"

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

void requireSame(const Packet& one, const Packet& other) {
  require(one.type == other.type && one.nameSpace == other.nameSpace && one.id == other.id);
  require(one.event == other.event && one.payload.attachments == other.payload.attachments);
  require(boost::json::serialize(one.payload.args) == boost::json::serialize(other.payload.args));
}

void checkPacket(const Packet& packet) {
  const auto& attachments = packet.payload.attachments;
  std::string text;
  if (packet.type == PacketType::Event)
    text = encodeEvent(packet.nameSpace, packet.id, attachments.size(),
                       openEventArray(packet.event, packet.payload.args), "");
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
  if (!packet || packet->payload.args.empty()) return;
  const auto& data = packet->payload.args.front();
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
  PacketDecoder decoder{PacketLimits{}};
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
