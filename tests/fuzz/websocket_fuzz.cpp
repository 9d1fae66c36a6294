// SPDX-License-Identifier: Apache-2.0
// A stream of frames means the same whole and in pieces, no message passes its limit, and the payload of what was read
// is read again from the frame that the server would send for it.
#include "base/utf8.h"
#include "realtime/engine/websocket_codec.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

using namespace parley::realtime;

namespace {

constexpr WebSocketDecoder::Limits limits{.maxMessage = 512, .maxFragments = 4};

struct Item {
  WebSocketDecoder::Event event;
  std::string payload;
  std::uint16_t closeCode;
  bool operator==(const Item&) const = default;
};

void require(bool holds) {
  if (!holds) std::abort();
}

std::vector<Item> decode(std::string_view stream, std::size_t piece) {
  using Event = WebSocketDecoder::Event;
  WebSocketDecoder decoder(limits);
  std::vector<Item> items;
  std::string pending;
  while (!stream.empty()) {
    pending.append(stream.substr(0, piece));
    stream.remove_prefix(std::min(piece, stream.size()));
    std::string_view input = pending;
    for (;;) {
      const auto event = decoder.next(input);
      if (event == Event::NeedMore) break;
      const bool hasCode = event == Event::Close || event == Event::Fault;
      items.push_back({event, decoder.takePayload(), hasCode ? decoder.closeCode() : std::uint16_t{0}});
      require(items.back().payload.size() <= limits.maxMessage);
      if (event == Event::Text) require(parley::base::isUtf8(items.back().payload));
      if (event == Event::Fault) return items;
    }
    pending = std::string(input);
  }
  return items;
}

/// What a server frame becomes when a client's mask (of zeros) is put in.
std::string asClientFrame(const Item& item) {
  std::string frame;
  appendFrame(frame, item.event == WebSocketDecoder::Event::Text ? Opcode::Text : Opcode::Binary, item.payload);
  frame[1] = static_cast<char>(static_cast<unsigned char>(frame[1]) | 0x80U);
  frame.insert(frame.size() - item.payload.size(), 4, '\0');
  return frame;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = 1 + data[0] % 16;
  const std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto items = decode(stream, stream.size() + 1);
  require(items == decode(stream, piece));
  for (const auto& item : items) {
    if (item.event != WebSocketDecoder::Event::Text && item.event != WebSocketDecoder::Event::Binary) continue;
    require(decode(asClientFrame(item), piece) == std::vector<Item>{item});
  }
  return 0;
}
