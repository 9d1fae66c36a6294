// SPDX-License-Identifier: Apache-2.0
#include "net/proxy_header.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

namespace parley::net {

namespace {

using State = ProxyHeader::State;

constexpr std::string_view signature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::string_view keyword = "PROXY ";
constexpr std::size_t shortestLine = 15;  ///< "PROXY UNKNOWN\r\n"
constexpr std::size_t longestLine = 107;
constexpr std::size_t fixedPart = 16;
constexpr std::size_t maxRest = 4096;  ///< addresses and extensions; nobody sends as much

ProxyHeader incomplete(std::size_t missing) {
  return {State::Incomplete, missing, std::nullopt};
}

ProxyHeader complete(std::optional<base::IpAddress> client) {
  return {State::Complete, 0, client};
}

std::string_view nextWord(std::string_view& line) {
  const auto space = line.find(' ');
  const auto word = line.substr(0, space);
  line = space == std::string_view::npos ? std::string_view{} : line.substr(space + 1);
  return word;
}

bool isPort(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && (text.size() == 1 || text.front() != '0');
}

ProxyHeader readLine(std::string_view bytes) {
  const auto end = bytes.find("\r\n");
  if (end == std::string_view::npos) {
    if (bytes.size() >= longestLine) return {};
    if (bytes.size() < shortestLine) return incomplete(shortestLine - bytes.size());
    return incomplete(bytes.back() == '\r' ? 1 : 2);
  }
  if (end + 2 > longestLine || end + 2 != bytes.size()) return {};
  auto line = bytes.substr(keyword.size(), end - keyword.size());
  const auto family = nextWord(line);
  if (family == "UNKNOWN") return complete(std::nullopt);
  if (family != "TCP4" && family != "TCP6") return {};
  const bool isV4 = family == "TCP4";
  const std::array texts{nextWord(line), nextWord(line)};
  for (const auto text : texts)
    if (!base::IpAddress::parse(text) || (text.find(':') == std::string_view::npos) != isV4) return {};
  const auto from = nextWord(line);
  if (!isPort(from) || !isPort(line)) return {};
  return complete(base::IpAddress::parse(texts[0]));
}

std::uint8_t byteAt(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}

template <std::size_t size>
std::array<std::uint8_t, size> bytesAt(std::string_view bytes, std::size_t at) {
  std::array<std::uint8_t, size> taken{};
  std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), size, taken.begin());
  return taken;
}

ProxyHeader readBinary(std::string_view bytes) {
  constexpr std::size_t v4Addresses = 12;
  constexpr std::size_t v6Addresses = 36;
  constexpr std::uint8_t local = 0x20;
  constexpr std::uint8_t proxied = 0x21;
  if (bytes.size() < fixedPart) return incomplete(fixedPart - bytes.size());
  const auto command = byteAt(bytes, 12);
  const auto family = byteAt(bytes, 13) >> 4;
  const auto protocol = byteAt(bytes, 13) & 0x0F;
  const auto rest = static_cast<std::size_t>(byteAt(bytes, 14) << 8 | byteAt(bytes, 15));
  if ((command != local && command != proxied) || family > 3 || protocol > 2 || rest > maxRest) return {};
  if (bytes.size() < fixedPart + rest) return incomplete(fixedPart + rest - bytes.size());
  if (bytes.size() > fixedPart + rest) return {};
  if (command == local) return complete(std::nullopt);
  switch (family) {
    case 1:
      if (rest < v4Addresses) return {};
      return complete(base::IpAddress::v4(bytesAt<4>(bytes, fixedPart)));
    case 2:
      if (rest < v6Addresses) return {};
      return complete(base::IpAddress(bytesAt<16>(bytes, fixedPart)));
    default: return complete(std::nullopt);
  }
}

}  // namespace

ProxyHeader readProxyHeader(std::string_view bytes) {
  if (bytes.empty()) return incomplete(signature.size());
  if (signature.starts_with(bytes.substr(0, signature.size()))) return readBinary(bytes);
  if (keyword.starts_with(bytes.substr(0, keyword.size()))) return readLine(bytes);
  return {};
}

}  // namespace parley::net
