// SPDX-License-Identifier: Apache-2.0
#include "base/id.h"

#include "base/base64url.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <cstdint>
#include <stdexcept>
#include <tuple>
#include <utility>

namespace parley::base {

namespace {

void fillRandom(unsigned char* bytes, std::size_t count) {
  if (RAND_bytes(bytes, static_cast<int>(count)) != 1) throw std::runtime_error("no randomness from the system");
}

/// Random bytes drawn ahead, since asking for a few costs as much as for many. Each is given out once and then
/// overwritten. [one thread]
class RandomBytes {
 public:
  std::string take(std::size_t count) {
    if (count > ahead_.size()) {
      std::string bytes(count, '\0');
      fillRandom(reinterpret_cast<unsigned char*>(bytes.data()), count);
      return bytes;
    }
    if (count > ahead_.size() - taken_) {
      fillRandom(ahead_.data(), ahead_.size());
      taken_ = 0;
    }
    auto* first = ahead_.data() + std::exchange(taken_, taken_ + count);
    std::string bytes(reinterpret_cast<const char*>(first), count);
    OPENSSL_cleanse(first, count);
    return bytes;
  }

 private:
  std::array<unsigned char, 512> ahead_{};
  std::size_t taken_ = ahead_.size();
};

using ObjectId = std::array<unsigned char, 12>;

/// The smallest of that second.
ObjectId firstOf(std::int64_t seconds) {
  return {static_cast<unsigned char>(seconds >> 24), static_cast<unsigned char>(seconds >> 16),
          static_cast<unsigned char>(seconds >> 8), static_cast<unsigned char>(seconds)};
}

std::string textOf(const ObjectId& id) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * id.size());
  for (const auto byte : id) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
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
  ObjectId id = firstOf(std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count());
  const auto count = source.counter.fetch_add(1, std::memory_order_relaxed);
  std::copy(source.process.begin(), source.process.end(), id.begin() + 4);
  id[9] = static_cast<unsigned char>(count >> 16);
  id[10] = static_cast<unsigned char>(count >> 8);
  id[11] = static_cast<unsigned char>(count);
  return textOf(id);
}

std::string objectIdBefore(std::string_view objectId, std::chrono::seconds earlier) {
  constexpr std::size_t length = 2 * std::tuple_size_v<ObjectId>;
  constexpr std::size_t secondsLength = 8;
  std::uint32_t seconds = 0;
  const auto* end = objectId.data() + secondsLength;
  if (objectId.size() != length || std::from_chars(objectId.data(), end, seconds, 16).ptr != end) return {};
  return textOf(firstOf(std::max<std::int64_t>(seconds - earlier.count(), 0)));
}

std::string randomToken(std::size_t bytes) {
  thread_local RandomBytes random;
  return toBase64Url(random.take(bytes));
}

}  // namespace parley::base
