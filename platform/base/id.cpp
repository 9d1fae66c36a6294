// SPDX-License-Identifier: Apache-2.0
#include "base/id.h"

#include <openssl/rand.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <stdexcept>
#include <vector>

namespace parley::base {

namespace {

void fillRandom(unsigned char* bytes, std::size_t count) {
  if (RAND_bytes(bytes, static_cast<int>(count)) != 1) throw std::runtime_error("no randomness from the system");
}

struct ObjectIdSource {
  std::array<unsigned char, 5> process{};
  std::atomic<std::uint32_t> counter;
  ObjectIdSource() {
    fillRandom(process.data(), process.size());
    std::array<unsigned char, 4> start{};
    fillRandom(start.data(), start.size());
    counter = static_cast<std::uint32_t>(start[0] << 16 | start[1] << 8 | start[2]);
  }
};

}  // namespace

std::string newObjectId(Time now) {
  static ObjectIdSource source;
  const auto seconds =
      static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count());
  const auto count = source.counter.fetch_add(1, std::memory_order_relaxed);
  const std::array<unsigned char, 12> bytes{static_cast<unsigned char>(seconds >> 24),
                                            static_cast<unsigned char>(seconds >> 16),
                                            static_cast<unsigned char>(seconds >> 8),
                                            static_cast<unsigned char>(seconds),
                                            source.process[0],
                                            source.process[1],
                                            source.process[2],
                                            source.process[3],
                                            source.process[4],
                                            static_cast<unsigned char>(count >> 16),
                                            static_cast<unsigned char>(count >> 8),
                                            static_cast<unsigned char>(count)};
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(24);
  for (const auto byte : bytes) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

std::string randomToken(std::size_t bytes) {
  constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::vector<unsigned char> random(bytes);
  fillRandom(random.data(), random.size());
  std::string text;
  text.reserve((bytes * 4 + 2) / 3);
  std::uint32_t pending = 0;
  int bits = 0;
  for (const auto byte : random) {
    pending = pending << 8 | byte;
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      text += alphabet[pending >> bits & 63];
    }
  }
  if (bits > 0) text += alphabet[pending << (6 - bits) & 63];
  return text;
}

}  // namespace parley::base
