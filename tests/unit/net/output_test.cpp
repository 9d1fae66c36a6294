// SPDX-License-Identifier: Apache-2.0
#include "net_fixture.h"

#include <atomic>
#include <vector>

namespace parley::net {

namespace {

/// Buffers that differ, around the sizes that are written in another way: frames, and what lies alone.
std::vector<std::string> buffers() {
  std::vector<std::string> list;
  for (const std::size_t size : {1, 300, 5000, 16'383, 16'384, 70, 70'000, 1, 65'536, 9000, 200'000, 40})
    for (int i = 0; i < 5; ++i) {
      const auto mark = std::to_string(list.size()) + ';';
      std::string text;
      while (text.size() < size) text += mark;
      list.push_back(text.substr(0, size));
    }
  return list;
}

}  // namespace

TEST_F(NetTest, GathersWhatIsQueuedInOneIteration) {
  std::atomic<int> writes{0};
  script_.input = [](Connection& connection) {
    connection.consume(connection.input().size());
    for (int i = 0; i < 200; ++i) EXPECT_EQ(connection.send(std::string("0123456789")), SendState::Sent);
    EXPECT_EQ(connection.queuedBytes(), 2000U);
  };
  script_.written = [&](Connection& connection) {
    ++writes;
    EXPECT_EQ(connection.bytesWritten(), 2000U);
  };
  start();
  auto peer = client();
  peer.send("x");
  EXPECT_EQ(peer.exactly(2000).size(), 2000U);
  onLoop([](Connection& connection) { EXPECT_EQ(connection.queuedBytes(), 0U); });
  EXPECT_EQ(writes, 1);
}

TEST_F(NetTest, TheOutputLimitHoldsForAReaderThatDoesNotRead) {
  options_.outputLimit = 100'000;
  std::atomic<std::uint64_t> accepted{0};
  script_.input = [&](Connection& connection) {
    connection.consume(connection.input().size());
    const auto bytes = std::make_shared<const std::string>(10'000, 'x');
    while (connection.send(bytes) != SendState::Dropped) EXPECT_LT(connection.queuedBytes(), 110'000U);
    EXPECT_GE(connection.queuedBytes(), 100'000U);
    accepted = connection.bytesQueued();
  };
  start();
  auto peer = client(4096);
  peer.send("x");
  ASSERT_TRUE(eventually([&] { return accepted > 0; }));
  EXPECT_EQ(peer.exactly(accepted), std::string(accepted, 'x'));
  onLoop([&](Connection& connection) { EXPECT_EQ(connection.bytesWritten(), accepted); });
}

TEST_F(NetTest, TheOutputLimitIsNotForABurstThatTheReaderTakes) {
  options_.outputLimit = 30'000;
  script_.input = [](Connection& connection) {
    connection.consume(connection.input().size());
    for (int i = 0; i < 8; ++i) EXPECT_EQ(connection.send(std::string(10'000, 'x')), SendState::Sent);
  };
  std::atomic<std::uint64_t> written{0};
  script_.written = [&](Connection& connection) { written = connection.bytesWritten(); };
  start();
  auto peer = client();
  peer.send("x");
  EXPECT_EQ(peer.exactly(80'000), std::string(80'000, 'x'));
  EXPECT_TRUE(eventually([&] { return written == 80'000; }));
}

TEST_F(NetTest, TheOutputLimitIsNotForABurstOfSmallBuffersAndALargeOne) {
  options_.outputLimit = 100'000;
  script_.input = [](Connection& connection) {
    connection.consume(connection.input().size());
    EXPECT_EQ(connection.send(std::string(300'000, 'x')), SendState::Sent) << "larger than the limit";
    for (int i = 0; i < 200; ++i) EXPECT_EQ(connection.send(std::string(1000, 'x')), SendState::Sent);
  };
  start();
  auto peer = client();
  peer.send("x");
  EXPECT_EQ(peer.exactly(500'000), std::string(500'000, 'x'));
}

/// Also by a reader who takes little at a time, so that most writes end in the middle of something.
TEST_F(NetTest, WhatIsSentArrivesAsItIs) {
  const auto sent = buffers();
  script_.input = [&](Connection& connection) {
    connection.consume(connection.input().size());
    for (const auto& text : sent) EXPECT_NE(connection.send(std::string(text)), SendState::Dropped);
  };
  std::string all;
  for (const auto& text : sent) all += text;
  start();
  for (const int receiveBuffer : {0, 4096}) {
    auto peer = client(receiveBuffer);
    peer.send("x");
    EXPECT_TRUE(peer.exactly(all.size()) == all);
  }
}

}  // namespace parley::net
