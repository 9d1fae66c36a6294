// SPDX-License-Identifier: Apache-2.0
#include "base/networks.h"

#include <parley/error.h>

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace parley::base {

namespace {

constexpr std::size_t v4Offset = 12;
constexpr std::size_t v4Bits = v4Offset * 8;  ///< before those of an IPv4 address

std::optional<std::size_t> numberIn(std::string_view text, std::size_t max) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > max) return std::nullopt;
  return value;
}

bool sameBits(const IpAddress::Bytes& a, const IpAddress::Bytes& b, std::size_t bits) {
  const auto whole = bits / 8;
  if (!std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(whole), b.begin())) return false;
  const auto mask = static_cast<std::uint8_t>(0xFF00U >> (bits % 8));
  return bits % 8 == 0 || ((a.at(whole) ^ b.at(whole)) & mask) == 0;
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.empty() || text.size() >= terminated.size()) return std::nullopt;
  std::copy(text.begin(), text.end(), terminated.begin());
  std::array<std::uint8_t, 4> four{};
  if (::inet_pton(AF_INET, terminated.data(), four.data()) == 1) return v4(four);
  Bytes bytes{};
  if (::inet_pton(AF_INET6, terminated.data(), bytes.data()) != 1) return std::nullopt;
  return IpAddress(bytes);
}

IpAddress IpAddress::v4(const std::array<std::uint8_t, 4>& four) {
  Bytes bytes{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  std::copy(four.begin(), four.end(), bytes.begin() + v4Offset);
  return IpAddress(bytes);
}

bool IpAddress::isV4() const {
  static constexpr Bytes mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  return sameBits(bytes_, mapped, v4Bits);
}

bool IpAddress::isLoopback() const {
  static const Networks loopback({"127.0.0.0/8", "::1"});
  return loopback.contains(*this);
}

std::string IpAddress::text() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (isV4()) {
    ::inet_ntop(AF_INET, bytes_.data() + v4Offset, text.data(), text.size());
  } else {
    ::inet_ntop(AF_INET6, bytes_.data(), text.data(), text.size());
  }
  return text.data();
}

Networks::Networks(const std::vector<std::string>& texts) {
  for (const auto& text : texts) {
    const auto slash = text.find('/');
    const auto address = IpAddress::parse(std::string_view(text).substr(0, slash));
    const std::size_t offset = address && address->isV4() && text.find(':') == std::string::npos ? v4Bits : 0;
    std::optional<std::size_t> bits = 128 - offset;
    if (slash != std::string::npos) bits = numberIn(std::string_view(text).substr(slash + 1), *bits);
    if (!address || !bits)
      throw Error(ErrorCode::ValidationFailed, "\"" + text + "\" is not a network such as 10.0.0.0/8 or 2001:db8::/32");
    networks_.push_back({address->bytes(), offset + *bits});
  }
}

bool Networks::contains(const IpAddress& address) const {
  return std::any_of(networks_.begin(), networks_.end(),
                     [&](const Network& network) { return sameBits(address.bytes(), network.prefix, network.bits); });
}

bool Networks::contains(std::string_view address) const {
  if (networks_.empty()) return false;
  const auto parsed = IpAddress::parse(address);
  return parsed && contains(*parsed);
}

}  // namespace parley::base
