// SPDX-License-Identifier: Apache-2.0
#include "net_fixture.h"

namespace parley::net {

namespace {

const std::string line = "PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\r\n";

}  // namespace

class ProxyPreludeTest : public NetTest {
 protected:
  ProxyPreludeTest() {
    options_.proxyProtocol = true;
    options_.trustedProxies = base::Networks({"127.0.0.1"});
    script_.opened = [this](Connection& connection) { journal_.note("opened: " + connection.peerAddress()); };
  }
};

TEST_F(ProxyPreludeTest, TheClientIsWhomTheHeaderTells) {
  start();
  auto peer = client();
  for (const char c : line) peer.send({&c, 1});
  EXPECT_EQ(journal_.next(), "opened: 192.0.2.1");
  peer.send("hello");
  EXPECT_EQ(peer.exactly(5), "hello");

  auto another = client();
  another.send("PROXY TCP6 2001:db8::1 2001:db8::2 1 2\r\nwhat follows");
  EXPECT_EQ(journal_.next(), "opened: 2001:db8::1");
  EXPECT_EQ(another.exactly(12), "what follows");
}

TEST_F(ProxyPreludeTest, TheProxyItselfMayAsk) {
  start();
  auto peer = client();
  peer.send(std::string("\r\n\r\n\0\r\nQUIT\n\x20\0\0\0", 16) + "hello");
  EXPECT_EQ(journal_.next(), "opened: 127.0.0.1");
  EXPECT_EQ(peer.exactly(5), "hello");
}

TEST_F(ProxyPreludeTest, AMalformedHeaderEndsTheConnection) {
  start();
  auto peer = client();
  peer.send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(peer.atEnd());
  auto another = client();
  another.send("PROXY TCP4 192.0.2.1");
  another.endOutput();
  EXPECT_TRUE(another.atEnd());
  EXPECT_TRUE(journal_.empty());
}

TEST_F(ProxyPreludeTest, AHeaderThatDoesNotComeEndsTheConnection) {
  options_.proxyDeadline = Millis{20};
  start();
  auto peer = client();
  peer.send("PROXY ");
  EXPECT_TRUE(peer.atEnd());
  EXPECT_TRUE(journal_.empty());
}

TEST_F(ProxyPreludeTest, WhoIsNotTrustedIsTurnedAway) {
  options_.trustedProxies = base::Networks({"10.0.0.0/8"});
  start();
  auto peer = client();
  peer.send(line);
  EXPECT_TRUE(peer.atEnd());
  EXPECT_TRUE(journal_.empty());
}

TEST_F(ProxyPreludeTest, ConnectionsAreCountedByTheClientsAddress) {
  options_.maxConnectionsPerAddress = 1;
  start();
  auto first = client();
  first.send(line);
  EXPECT_EQ(journal_.next(), "opened: 192.0.2.1");
  auto second = client();
  second.send(line);
  EXPECT_TRUE(second.atEnd());
  auto other = client();
  other.send("PROXY TCP4 192.0.2.9 198.51.100.2 56324 443\r\n");
  EXPECT_EQ(journal_.next(), "opened: 192.0.2.9");
}

TEST_F(ProxyPreludeTest, EndsWithItsLoop) {
  start();
  auto peer = client();
  peer.send("PROXY ");
  while (listener_->connectionCount() == 0) std::this_thread::yield();
  listener_->stopAccepting();
  loops_.stop();
  EXPECT_TRUE(peer.atEnd());
}

}  // namespace parley::net
