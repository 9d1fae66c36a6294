// SPDX-License-Identifier: Apache-2.0
#include "base/networks.h"

#include <parley/error.h>

#include <gtest/gtest.h>

namespace parley::base {

TEST(IpAddress, ReadsBothFamiliesAndNothingElse) {
  EXPECT_EQ(IpAddress::parse("192.0.2.1")->text(), "192.0.2.1");
  EXPECT_TRUE(IpAddress::parse("192.0.2.1")->isV4());
  EXPECT_EQ(IpAddress::parse("2001:DB8:0::1")->text(), "2001:db8::1");
  EXPECT_FALSE(IpAddress::parse("2001:db8::1")->isV4());
  EXPECT_EQ(IpAddress::parse("::ffff:192.0.2.1"), IpAddress::parse("192.0.2.1"));
  for (const auto* text : {"", "localhost", "192.0.2", "192.0.2.256", "192.0.2.1:80", "[::1]", "::1%lo", " 192.0.2.1",
                           "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb"})
    EXPECT_FALSE(IpAddress::parse(text)) << text;
}

TEST(IpAddress, KnowsThoseOfThisMachine) {
  for (const auto* text : {"127.0.0.1", "127.255.0.9", "::1", "::ffff:127.0.0.1"})
    EXPECT_TRUE(IpAddress::parse(text)->isLoopback()) << text;
  for (const auto* text : {"0.0.0.0", "128.0.0.1", "192.0.2.1", "::", "::2", "2001:db8::1"})
    EXPECT_FALSE(IpAddress::parse(text)->isLoopback()) << text;
}

TEST(Networks, HoldWhatHasTheirPrefix) {
  const Networks networks({"10.0.0.0/8", "192.0.2.64/26", "2001:db8:8000::/33", "203.0.113.9", "::1"});
  for (const auto* address : {"10.0.0.0", "10.255.255.255", "192.0.2.64", "192.0.2.127",
                              "2001:db8:8000::", "2001:db8:ffff::1", "203.0.113.9", "::1", "::ffff:10.1.2.3"})
    EXPECT_TRUE(networks.contains(address)) << address;
  for (const auto* address : {"11.0.0.0", "9.255.255.255", "192.0.2.63", "192.0.2.128", "2001:db8:7fff::1",
                              "203.0.113.8", "::2", "no address", ""})
    EXPECT_FALSE(networks.contains(address)) << address;
}

TEST(Networks, MayHoldAFamilyOrAll) {
  EXPECT_TRUE(Networks({"0.0.0.0/0"}).contains("192.0.2.1"));
  EXPECT_FALSE(Networks({"0.0.0.0/0"}).contains("2001:db8::1"));
  EXPECT_TRUE(Networks({"::/0"}).contains("192.0.2.1"));
  EXPECT_TRUE(Networks({"::/0"}).contains("2001:db8::1"));
  EXPECT_FALSE(Networks().contains("192.0.2.1"));
}

TEST(Networks, RefuseWhatIsNone) {
  for (const auto* text :
       {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "::/129", "example.org"}) {
    try {
      const Networks networks({"10.0.0.0/8", text});
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::ValidationFailed);
      EXPECT_NE(error.detail().find("\"" + std::string(text) + "\""), std::string::npos) << error.detail();
    }
  }
}

}  // namespace parley::base
