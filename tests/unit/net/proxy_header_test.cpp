// SPDX-License-Identifier: Apache-2.0
#include "net/proxy_header.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace parley::net {

namespace {

using State = ProxyHeader::State;

const std::string signature("\r\n\r\n\0\r\nQUIT\n", 12);

std::string number(std::size_t value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value & 0xFF)};
}

/// Section 2.2: version and command, family and protocol, and what follows the fixed part.
std::string binary(unsigned char command, unsigned char family, const std::string& rest) {
  return signature + static_cast<char>(command) + static_cast<char>(family) + number(rest.size()) + rest;
}

const std::string ports = number(56324) + number(443);
const std::string v4 = std::string("\xC0\x00\x02\x01\xC6\x33\x64\x02", 8) + ports;
const std::string v6 = std::string("\x20\x01\x0D\xB8\0\0\0\0\0\0\0\0\0\0\0\x01", 16) + std::string(16, '\1') + ports;

std::string clientIn(const std::string& bytes) {
  const auto header = readProxyHeader(bytes);
  if (header.state != State::Complete) return header.state == State::Malformed ? "malformed" : "incomplete";
  return header.client ? header.client->text() : "unknown";
}

/// Reads byte after byte, as few as it asks for; and says how many bytes it took.
std::size_t takenOf(const std::string& bytes) {
  std::string read;
  for (;;) {
    const auto header = readProxyHeader(read);
    if (header.state != State::Incomplete) return header.state == State::Complete ? read.size() : 0;
    EXPECT_GT(header.missing, 0U);
    if (read.size() + header.missing > bytes.size()) return 0;
    read += bytes.substr(read.size(), header.missing);
  }
}

}  // namespace

TEST(ProxyHeader, ReadsTheLinesOfVersion1) {
  EXPECT_EQ(clientIn("PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\r\n"), "192.0.2.1");
  EXPECT_EQ(clientIn("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n"), "255.255.255.255");
  EXPECT_EQ(clientIn("PROXY TCP6 2001:db8::1 2001:db8::2 56324 0\r\n"), "2001:db8::1");
  EXPECT_EQ(clientIn("PROXY UNKNOWN\r\n"), "unknown");
  EXPECT_EQ(clientIn("PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
                     "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n"),
            "unknown");
}

TEST(ProxyHeader, ReadsVersion2) {
  EXPECT_EQ(clientIn(binary(0x21, 0x11, v4)), "192.0.2.1");
  EXPECT_EQ(clientIn(binary(0x21, 0x21, v6)), "2001:db8::1");
  EXPECT_EQ(clientIn(binary(0x21, 0x12, v4)), "192.0.2.1") << "datagrams";
  EXPECT_EQ(clientIn(binary(0x21, 0x11, v4 + std::string("\x03\0\x04\1\2\3\4", 7))), "192.0.2.1") << "an extension";
  EXPECT_EQ(clientIn(binary(0x21, 0x31, std::string(216, 'x'))), "unknown") << "a UNIX socket";
  EXPECT_EQ(clientIn(binary(0x21, 0x00, "")), "unknown") << "no address";
  EXPECT_EQ(clientIn(binary(0x20, 0x11, v4)), "unknown") << "LOCAL: the proxy's own check";
  EXPECT_EQ(clientIn(binary(0x20, 0x00, "")), "unknown");
}

TEST(ProxyHeader, TakesNoByteThatIsNotItsOwn) {
  for (const auto& header :
       std::vector<std::string>{"PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\r\n", "PROXY UNKNOWN\r\n",
                                binary(0x21, 0x11, v4), binary(0x21, 0x21, v6), binary(0x20, 0x00, "")}) {
    EXPECT_EQ(takenOf(header + "GET / HTTP/1.1\r\n"), header.size()) << header;
    for (std::size_t size = 0; size < header.size(); ++size)
      EXPECT_EQ(clientIn(header.substr(0, size)), "incomplete") << size << " bytes of " << header;
  }
}

TEST(ProxyHeader, RefusesWhatIsNone) {
  for (const auto& bytes : std::vector<std::string>{
           "GET / HTTP/1.1\r\n",
           "PROXY",
           "PROXY\r\n",
           "PROXY  TCP4 192.0.2.1 198.51.100.2 56324 443\r\n",
           "PROXY TCP4 192.0.2.1 198.51.100.2 56324\r\n",
           "PROXY TCP4 192.0.2.1 198.51.100.2 56324 443 \r\n",
           "PROXY TCP4 192.0.2.1 198.51.100.2 56324 65536\r\n",
           "PROXY TCP4 192.0.2.1 198.51.100.2 -1 443\r\n",
           "PROXY TCP4 192.0.2.1 198.51.100.2 056 443\r\n",
           "PROXY TCP4 2001:db8::1 2001:db8::2 56324 443\r\n",
           "PROXY TCP6 192.0.2.1 198.51.100.2 56324 443\r\n",
           "PROXY TCP4 localhost 198.51.100.2 56324 443\r\n",
           "PROXY UDP4 192.0.2.1 198.51.100.2 56324 443\r\n",
           "proxy TCP4 192.0.2.1 198.51.100.2 56324 443\r\n",
           "PROXY UNKNOWN " + std::string(93, 'x'),
           binary(0x11, 0x11, v4),
           binary(0x22, 0x11, v4),
           binary(0x21, 0x41, v4),
           binary(0x21, 0x13, v4),
           binary(0x21, 0x11, v4.substr(1)),
           binary(0x21, 0x21, v4),
           binary(0x21, 0x11, std::string(4097, 'x')),
       })
    EXPECT_EQ(clientIn(bytes), bytes == "PROXY" ? "incomplete" : "malformed") << bytes;
}

}  // namespace parley::net
