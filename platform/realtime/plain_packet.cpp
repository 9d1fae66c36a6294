// SPDX-License-Identifier: Apache-2.0
#include "realtime/plain_packet.h"

#include "base/json_text.h"

#include <utility>

namespace parley::realtime {

namespace {

/// The member as a whole number that JavaScript holds exactly. False when it is there but is not one.
bool readNumber(const JsonObject& object, std::string_view name, std::optional<std::uint64_t>& number) {
  const auto* member = object.if_contains(name);
  if (member == nullptr) return true;
  if (!member->is_int64() || member->get_int64() < 0 || member->get_int64() >= (std::int64_t{1} << 53)) return false;
  number = static_cast<std::uint64_t>(member->get_int64());
  return true;
}

}  // namespace

std::optional<Packet> decodePlain(std::string_view text, const PacketLimits& limits, const char*& fault) {
  auto refuse = [&fault](const char* why) {
    fault = why;
    return std::nullopt;
  };
  if (text.size() > limits.maxBytes) return refuse("frame too large");
  auto read = base::parseJson(text, limits.maxDepth);
  if (!read || !read.value().is_object()) return refuse("a frame is one JSON object");
  auto object = std::move(read).value().get_object();
  Packet packet;
  const bool isAck = object.contains("ack");
  packet.type = isAck ? PacketType::Ack : PacketType::Event;
  if (!readNumber(object, isAck ? "ack" : "id", packet.id)) return refuse("id and ack are whole numbers");
  if (!isAck) {
    packet.event = textOf(object, "event");
    if (packet.event.empty() || packet.event.size() > limits.maxEventBytes) return refuse("event is a name");
  }
  if (auto* data = object.if_contains("data")) packet.payload.args.push_back(std::move(*data));
  return packet;
}

std::string encodePlainEvent(std::string_view event, std::string_view data, std::optional<std::uint64_t> id) {
  std::string text = R"({"event":)";
  appendJson(text, event);
  text.append(R"(,"data":)").append(data);
  if (id) text.append(R"(,"id":)").append(std::to_string(*id));
  return text.append(1, '}');
}

std::string encodePlainAck(std::uint64_t id, std::string_view data) {
  std::string text = R"({"ack":)";
  text.append(std::to_string(id)).append(R"(,"data":)").append(data);
  return text.append(1, '}');
}

}  // namespace parley::realtime
