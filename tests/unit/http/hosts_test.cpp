// SPDX-License-Identifier: Apache-2.0
#include "http/hosts.h"

#include <gtest/gtest.h>

namespace parley::http {

TEST(Hosts, AreAllUnlessSomeAreNamed) {
  for (const auto* host : {"", "evil.example:3000", "192.0.2.1", "[2001:db8::1]:80"}) EXPECT_TRUE(Hosts().has(host));
  EXPECT_TRUE(Hosts({"*"}, false).has("evil.example"));
}

TEST(Hosts, ThisMachineIsAlwaysOne) {
  const Hosts hosts({}, false);
  for (const auto* host : {"localhost", "LocalHost:3000", "localhost.", "chat.localhost", "127.0.0.1", "127.0.0.1:3000",
                           "127.9.8.7", "[::1]", "[::1]:3000", "[::ffff:127.0.0.1]", ""})
    EXPECT_TRUE(hosts.has(host)) << host;
}

TEST(Hosts, AnotherNameIsNone) {
  const Hosts hosts({}, false);
  for (const auto* host : {"evil.example",
                           "evil.example:3000",
                           "localhost.evil.example",
                           "evil-localhost",
                           "xlocalhost",
                           ".localhost",
                           "127.0.0.1.evil.example",
                           "127.1",
                           "2130706433",
                           "0x7f.1",
                           "0.0.0.0",
                           "[::]",
                           "192.0.2.1",
                           "10.0.0.1:3000",
                           "[2001:db8::1]",
                           "[::1",
                           "[",
                           "[]evil.example",
                           "::1",
                           ":3000",
                           "x"})
    EXPECT_FALSE(hosts.has(host)) << host;
}

TEST(Hosts, ThoseThatAreNamedAre) {
  const Hosts hosts({"chat.example.org", "Front"}, false);
  for (const auto* host : {"chat.example.org", "CHAT.example.org:443", "chat.example.org.", "front:3000"})
    EXPECT_TRUE(hosts.has(host)) << host;
  for (const auto* host : {"example.org", "x.chat.example.org", "chat.example.org.evil.example"})
    EXPECT_FALSE(hosts.has(host)) << host;
}

TEST(Hosts, AnAddressIsNoNameThatCouldBeRebound) {
  const Hosts hosts({}, true);
  for (const auto* host : {"192.0.2.1", "192.0.2.1:3000", "[2001:db8::1]:80"}) EXPECT_TRUE(hosts.has(host)) << host;
  for (const auto* host : {"evil.example", "1.2.3.4.evil.example"}) EXPECT_FALSE(hosts.has(host)) << host;
}

TEST(Hosts, WhatIsAName) {
  for (const auto* name : {"chat.example.org", "front_1", "*", "x-y"}) EXPECT_TRUE(Hosts::isName(name)) << name;
  for (const auto* name : {"", "https://chat.example.org", "chat.example.org:3000", "a b", "*.example.org", "[::1]"})
    EXPECT_FALSE(Hosts::isName(name)) << name;
}

}  // namespace parley::http
