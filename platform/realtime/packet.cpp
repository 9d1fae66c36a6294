// SPDX-License-Identifier: Apache-2.0
#include "realtime/packet.h"

#include "base/json_text.h"

#include <algorithm>
#include <array>
#include <utility>

namespace parley::realtime {

namespace {

constexpr std::uint64_t maxId = (std::uint64_t{1} << 53) - 1;  // what a JavaScript number holds exactly

bool isDigit(char c) {
  return c >= '0' && c <= '9';
}

/// Takes the digits at the front of `text`; nothing when there are none or the number passes `max`.
std::optional<std::uint64_t> takeNumber(std::string_view& text, std::uint64_t max) {
  if (text.empty() || !isDigit(text.front())) return std::nullopt;
  std::uint64_t number = 0;
  while (!text.empty() && isDigit(text.front())) {
    number = number * 10 + static_cast<std::uint64_t>(text.front() - '0');
    if (number > max) return std::nullopt;
    text.remove_prefix(1);
  }
  return number;
}

std::string head(PacketType type, std::string_view nameSpace, std::size_t attachments,
                 std::optional<std::uint64_t> id) {
  std::string text(1, static_cast<char>('0' + static_cast<int>(type)));
  if (attachments > 0) text.append(std::to_string(attachments)).append(1, '-');
  if (nameSpace != "/") text.append(nameSpace).append(1, ',');
  if (id) text.append(std::to_string(*id));
  return text;
}

}  // namespace

bool isReservedEvent(std::string_view name) {
  constexpr std::array<std::string_view, 6> names = {"connect",       "connect_error", "disconnect",
                                                     "disconnecting", "newListener",   "removeListener"};
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool placeholdersFit(const Json& value, std::size_t attachments) {
  if (attachments == 0) return true;
  if (value.is_array()) {
    const auto& items = value.get_array();
    return std::all_of(items.begin(), items.end(),
                       [attachments](const Json& item) { return placeholdersFit(item, attachments); });
  }
  if (!value.is_object()) return true;
  const auto& object = value.get_object();
  const auto* mark = object.if_contains("_placeholder");
  if (mark != nullptr && mark->is_bool() && mark->get_bool()) {
    const auto* index = object.if_contains("num");
    boost::system::error_code none;
    return index != nullptr && index->is_number() && index->to_number<std::uint64_t>(none) < attachments && !none;
  }
  return std::all_of(object.begin(), object.end(),
                     [attachments](const auto& member) { return placeholdersFit(member.value(), attachments); });
}

void checkEmit(const Emit& emit) {
  if (isReservedEvent(emit.event))
    throw Error(ErrorCode::ValidationFailed, emit.event + " is a name that Socket.IO keeps for itself");
  const auto& [args, attachments, written] = emit.payload;
  const auto fit = [count = attachments.size()](const Json& arg) { return placeholdersFit(arg, count); };
  if (!std::all_of(args.begin(), args.end(), fit))
    throw Error(ErrorCode::ValidationFailed, emit.event + " has a place holder without bytes");
}

PacketDecoder::Status PacketDecoder::malformed(const char* why) {
  begun_ = nullptr;
  fault_ = why;
  return Status::Malformed;
}

PacketDecoder::Status PacketDecoder::addText(std::string_view text) {
  if (begun_) return malformed("text in place of an attachment");
  if (text.size() > limits_.maxBytes) return malformed("packet too large");
  begun_ = std::make_unique<Begun>();
  if (const auto* why = readHead(text)) return malformed(why);
  if (const auto* why = readBody(text)) return malformed(why);
  if (begun_->missing == 0) return Status::Complete;
  const auto& args = begun_->packet.payload.args;
  const auto fit = [this](const Json& arg) { return placeholdersFit(arg, begun_->missing); };
  return std::all_of(args.begin(), args.end(), fit) ? Status::More : malformed("place holder without attachment");
}

PacketDecoder::Status PacketDecoder::addBinary(std::string data) {
  if (!begun_) return malformed("binary data without a packet");
  begun_->attachmentBytes += data.size();
  if (begun_->attachmentBytes > limits_.maxBytes) return malformed("attachments too large");
  begun_->packet.payload.attachments.push_back(std::move(data));
  return --begun_->missing > 0 ? Status::More : Status::Complete;
}

Packet PacketDecoder::take() {
  return std::move(std::exchange(begun_, nullptr)->packet);
}

/// Reads `<type>[<attachments>-][<namespace>,][<id>]` off the front. Nothing, or what is wrong with it.
const char* PacketDecoder::readHead(std::string_view& text) {
  auto& packet = begun_->packet;
  if (text.empty() || text.front() < '0' || text.front() > '6') return "unknown packet type";
  packet.type = static_cast<PacketType>(text.front() - '0');
  text.remove_prefix(1);
  if (packet.type == PacketType::BinaryEvent || packet.type == PacketType::BinaryAck) {
    const auto count = takeNumber(text, limits_.maxAttachments);
    if (!count || *count == 0 || text.empty() || text.front() != '-') return "illegal attachments";
    text.remove_prefix(1);
    begun_->missing = *count;
    packet.type = packet.type == PacketType::BinaryEvent ? PacketType::Event : PacketType::Ack;
  }
  if (!text.empty() && text.front() == '/') {
    const auto end = std::min(text.find(','), text.size());
    const auto name = text.substr(0, std::min(text.find('?'), end));
    const bool visible = std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < '\x7f'; });
    if (end > limits_.maxNameSpaceBytes || !visible) return "illegal namespace";
    packet.nameSpace = name;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (!text.empty() && isDigit(text.front())) {
    packet.id = takeNumber(text, maxId);
    if (!packet.id) return "illegal acknowledgement id";
  }
  return nullptr;
}

const char* PacketDecoder::readBody(std::string_view json) {
  auto& packet = begun_->packet;
  if (packet.type == PacketType::Disconnect) return json.empty() && !packet.id ? nullptr : "illegal disconnect";
  if (packet.type == PacketType::Connect && json.empty()) return packet.id ? "illegal connect" : nullptr;
  auto read = base::parseJson(json, limits_.maxDepth);
  if (!read) return "illegal JSON";
  auto value = std::move(read).value();
  if (packet.type == PacketType::Connect || packet.type == PacketType::ConnectError) {
    if (packet.id || !(value.is_object() || (packet.type == PacketType::ConnectError && value.is_string())))
      return "illegal payload";
    packet.data = std::move(value);
    return nullptr;
  }
  if (!value.is_array()) return "illegal payload";
  auto& args = packet.payload.args = std::move(value.get_array());
  if (packet.type == PacketType::Ack) return packet.id ? nullptr : "acknowledgement without id";
  if (args.empty()) return "event without name";
  const auto& name = args.front();  // JavaScript clients may use numbers as names
  if (!name.is_string() && !name.is_int64()) return "illegal event name";
  packet.event = name.is_string() ? std::string(name.get_string()) : std::to_string(name.get_int64());
  if (packet.event.size() > limits_.maxEventBytes || isReservedEvent(packet.event)) return "illegal event name";
  args.erase(args.begin());
  return nullptr;
}

std::string encodeConnect(std::string_view nameSpace, std::string_view sid, std::string_view pid) {
  JsonObject data{{"sid", sid}};
  if (!pid.empty()) data["pid"] = pid;
  return head(PacketType::Connect, nameSpace, 0, std::nullopt) + boost::json::serialize(data);
}

std::string encodeConnectError(std::string_view nameSpace, std::string_view message, const Json& data) {
  return head(PacketType::ConnectError, nameSpace, 0, std::nullopt) +
         boost::json::serialize(JsonObject{{"message", message}, {"data", data}});
}

std::string encodeDisconnect(std::string_view nameSpace) {
  return head(PacketType::Disconnect, nameSpace, 0, std::nullopt);
}

std::string encodeAck(std::string_view nameSpace, std::uint64_t id, const Payload& payload) {
  const auto count = payload.attachments.size();
  auto text = head(count > 0 ? PacketType::BinaryAck : PacketType::Ack, nameSpace, count, id);
  const auto& written = payload.written.text;
  if (written.empty()) return text + boost::json::serialize(payload.args);
  text.reserve(text.size() + written.size() + 2);
  text.append(1, '[').append(written).append(1, ']');
  return text;
}

std::string openEventArray(std::string_view event, const Payload& payload) {
  std::string text;
  text.reserve(event.size() + payload.written.text.size() + 4);
  appendJson(text.append(1, '['), event);
  if (!payload.written.text.empty())
    text.append(1, ',').append(payload.written.text);
  else
    for (const auto& arg : payload.args) text.append(1, ',').append(boost::json::serialize(arg));
  return text;
}

std::string encodeEvent(std::string_view nameSpace, std::optional<std::uint64_t> id, std::size_t attachments,
                        std::string_view openArray, std::string_view offset) {
  auto text = head(attachments > 0 ? PacketType::BinaryEvent : PacketType::Event, nameSpace, attachments, id);
  text.reserve(text.size() + openArray.size() + offset.size() + 4);
  text.append(openArray);
  if (!offset.empty()) text.append(",\"").append(offset).append(1, '"');
  text.append(1, ']');
  return text;
}

}  // namespace parley::realtime
