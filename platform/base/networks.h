// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parley::base {

/// An IP address as 16 bytes in network order; an IPv4 one as ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2).
class IpAddress {
 public:
  using Bytes = std::array<std::uint8_t, 16>;

  explicit IpAddress(const Bytes& bytes) : bytes_(bytes) {}
  /// Reads "192.0.2.1", "2001:db8::1"; nothing for any other text.
  static std::optional<IpAddress> parse(std::string_view text);
  static IpAddress v4(const std::array<std::uint8_t, 4>& bytes);

  const Bytes& bytes() const { return bytes_; }
  bool isV4() const;
  /// 127.0.0.0/8 or ::1.
  bool isLoopback() const;
  std::string text() const;
  bool operator==(const IpAddress&) const = default;

 private:
  Bytes bytes_;
};

/// A set of networks in CIDR notation (RFC 4632, RFC 4291 section 2.3): "10.0.0.0/8", "2001:db8::/32", "192.0.2.1".
class Networks {
 public:
  Networks() = default;
  /// Throws Error VALIDATION_FAILED, which names the first text that is no network.
  explicit Networks(const std::vector<std::string>& texts);

  bool contains(const IpAddress& address) const;
  /// False for what is no address.
  bool contains(std::string_view address) const;
  bool empty() const { return networks_.empty(); }

 private:
  struct Network {
    IpAddress::Bytes prefix;
    std::size_t bits;  ///< of the 128
  };
  std::vector<Network> networks_;
};

}  // namespace parley::base
