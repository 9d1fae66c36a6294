// SPDX-License-Identifier: Apache-2.0
#include "net_fixture.h"

#include <parley/error.h>

#include <atomic>
#include <future>
#include <thread>

namespace parley::net {

TEST_F(NetTest, Echoes) {
  start();
  auto peer = client();
  peer.send("hello");
  EXPECT_EQ(peer.exactly(5), "hello");
  peer.endOutput();
  EXPECT_TRUE(peer.atEnd());
  EXPECT_EQ(journal_.next(), "closed: peer closed");
}

TEST_F(NetTest, ReadingStopsAtTheInputLimitAndGoesOn) {
  options_.inputLimit = 20'000;
  constexpr std::size_t all = 8'000'000;
  std::atomic<std::size_t> most{0};
  std::atomic<bool> consuming{false};
  std::atomic<std::size_t> total{0};
  script_.input = [&](Connection& connection) {
    most = std::max<std::size_t>(most, connection.input().size());
    if (!consuming) return;
    total += connection.input().size();
    connection.consume(connection.input().size());
  };
  start();
  const auto peer = client();
  std::thread sender([&] { peer.send(std::string(all, 'x')); });
  EXPECT_TRUE(eventually([&] { return most == 20'000; }));
  onLoop([&](Connection& connection) {
    EXPECT_EQ(connection.input().size(), 20'000U);
    consuming = true;
    total += connection.input().size();
    connection.consume(connection.input().size());
  });
  sender.join();
  EXPECT_TRUE(eventually([&] { return total == all; }));
  EXPECT_EQ(most, 20'000U);
}

TEST_F(NetTest, WhilePausedNothingIsReadButThePeersEndIsNoticed) {
  script_.opened = [](Connection& connection) { connection.pauseReading(true); };
  script_.inputEnd = [this](Connection& connection) { journal_.note("end after " + std::string(connection.input())); };
  start();
  auto peer = client();
  peer.send("early");
  peer.endOutput();
  EXPECT_EQ(journal_.next(), "end after ");
  onLoop([](Connection& connection) { connection.pauseReading(false); });
  EXPECT_EQ(peer.exactly(5), "early") << "what came before the end is still there";
  onLoop([](Connection& connection) { connection.closeAfterFlush(); });
  EXPECT_TRUE(peer.atEnd());
  EXPECT_EQ(journal_.next(), "closed: peer closed");
  EXPECT_TRUE(journal_.empty()) << "the end is told of once";
}

TEST_F(NetTest, AHalfClosedPeerStillReads) {
  script_.input = [](Connection&) {};
  script_.inputEnd = [](Connection& connection) {
    connection.send("answer to " + std::string(connection.input()));
    connection.closeAfterFlush();
  };
  start();
  auto peer = client();
  peer.send("question");
  peer.endOutput();
  EXPECT_EQ(peer.untilEnd(), "answer to question");
}

TEST_F(NetTest, AResetIsTold) {
  start();
  auto peer = client();
  peer.send("x");
  EXPECT_EQ(peer.exactly(1), "x");
  peer.reset();
  EXPECT_EQ(journal_.next(), "closed: peer reset");
  EXPECT_TRUE(eventually([this] { return listener_->connectionCount() == 0; }));
}

TEST_F(NetTest, ADeadlineFiresOnceAndIsReplacedByTheNext) {
  script_.opened = [](Connection& connection) {
    connection.setDeadline(Millis(5'000'000));
    connection.setDeadline(Millis(20));
    connection.setDeadline(Millis(0));
    connection.setDeadline(Millis(40));
  };
  script_.deadline = [this](Connection& connection) {
    journal_.note("deadline");
    connection.loop().after(Millis(60), [&connection] { connection.close(CloseReason::Timeout); });
  };
  start();
  auto peer = client();
  EXPECT_TRUE(peer.atEnd());
  EXPECT_EQ(journal_.next(), "deadline");
  EXPECT_EQ(journal_.next(), "closed: timeout");
}

TEST_F(NetTest, ClosingAfterTheFlushGivesUpOnAReaderThatDoesNotRead) {
  options_.writeDeadline = Millis(50);
  options_.outputLimit = 64'000'000;
  script_.input = [](Connection& connection) {
    connection.send(std::string(32'000'000, 'x'));
    connection.closeAfterFlush();
    EXPECT_EQ(connection.send(std::string("too late")), SendState::Dropped);
  };
  start();
  const auto peer = client(4096);
  peer.send("x");
  EXPECT_EQ(journal_.next(), "closed: timeout");
}

TEST_F(NetTest, ClosingAfterTheFlushLosesNothingThoughInputIsWaiting) {
  script_.input = [](Connection& connection) {
    if (connection.input().size() < 10) return;
    connection.send(std::string(1'000'000, 'x'));
    connection.closeAfterFlush();
  };
  start();
  auto peer = client();
  peer.send(std::string(50'000, 'y'));
  EXPECT_EQ(peer.untilEnd().size(), 1'000'000U);
}

TEST_F(NetTest, APeerThatDoesNotCloseIsNotWaitedForLong) {
  options_.lingerDeadline = Millis(30);
  script_.input = [](Connection& connection) { connection.closeAfterFlush(); };
  start();
  const auto peer = client();
  peer.send("x");
  EXPECT_EQ(journal_.next(), "closed: local");
}

TEST_F(NetTest, ANewHandlerIsOfferedWhatIsThere) {
  script_.input = [this](Connection& connection) {
    connection.consume(1);
    Script next;
    next.input = [this](Connection& same) { journal_.note("next: " + std::string(same.input())); };
    connection.setHandler(std::make_unique<ScriptedHandler>(next, journal_));
    journal_.note("handed over");
  };
  start();
  auto peer = client();
  peer.send("xrest");
  EXPECT_EQ(journal_.next(), "handed over");
  EXPECT_EQ(journal_.next(), "next: rest");
  peer.close();
  EXPECT_EQ(journal_.next(), "closed: peer closed");
}

TEST_F(NetTest, AHandlerThatComesTooLateHearsOfTheEndToo) {
  start();
  auto peer = client();
  peer.send("x");
  EXPECT_EQ(peer.exactly(1), "x");
  std::shared_ptr<Connection> connection;
  onLoop([&](Connection& one) { connection = one.shared_from_this(); });
  peer.close();
  EXPECT_EQ(journal_.next(), "closed: peer closed");
  connection->loop().runAndWait([&] { connection->setHandler(std::make_unique<ScriptedHandler>(Script{}, journal_)); });
  EXPECT_EQ(journal_.next(), "closed: peer closed");
}

TEST_F(NetTest, MovesToAnotherLoopWithItsInputAndItsQueue) {
  script_.input = [this](Connection& connection) {
    auto& target = loops_.at(1 - connection.loop().index());
    connection.send(std::string("sent before, "));
    connection.moveTo(target, [this, &connection, &target] {
      EXPECT_TRUE(target.isCurrent());
      EXPECT_EQ(&connection.loop(), &target);
      EXPECT_TRUE(connection.isOpen());
      connection.setHandler(std::make_unique<ScriptedHandler>(Script{}, journal_));
    });
  };
  start();
  for (int i = 0; i < 20; ++i) {
    auto peer = client();
    peer.send("first");
    EXPECT_EQ(peer.exactly(18), "sent before, first");
    peer.send("second");
    EXPECT_EQ(peer.exactly(6), "second");
    peer.close();
    EXPECT_EQ(journal_.next(), "closed: peer closed");
  }
}

TEST_F(NetTest, IsFreedWhenItEndsWhileItMoves) {
  script_.input = [](Connection& connection) { connection.send(std::string(connection.input())); };
  start();
  auto peer = client();
  peer.send("x");
  peer.exactly(1);
  onLoop([&](Connection& connection) {
    connection.send(std::string("what keeps it for a moment"));
    connection.moveTo(loops_.at(1 - connection.loop().index()), [self = connection.shared_from_this()] {});
    connection.close(CloseReason::PeerReset);
  });
  EXPECT_EQ(journal_.next(), "closed: peer reset");
  EXPECT_TRUE(eventually([&] { return latest_.expired(); }));
}

TEST_F(NetTest, LeavesTheNewcomersWithItsInputAndMovesOn) {
  script_.input = [](Connection& connection) {
    if (connection.input() == "first ") connection.leaveNewcomers();
    connection.send(std::string(connection.input()));
    connection.consume(connection.input().size());
  };
  start();
  auto peer = client();
  peer.send("first ");
  EXPECT_EQ(peer.exactly(6), "first ");
  peer.send("second");
  EXPECT_EQ(peer.exactly(6), "second");
  std::promise<void> arrived;
  onLoop([&](Connection& connection) {
    auto& other = loops_.at(1 - connection.loop().index());
    connection.moveTo(other, [&] { arrived.set_value(); });
  });
  arrived.get_future().get();
  peer.send("third ");
  EXPECT_EQ(peer.exactly(6), "third ");
  onLoop([](Connection& connection) { connection.close(CloseReason::Local); });
  EXPECT_EQ(journal_.next(), "closed: local");
}

TEST_F(NetTest, ManyThreadsSendThroughPosts) {
  script_.input = [](Connection& connection) { connection.consume(connection.input().size()); };
  start();
  auto peer = client();
  peer.send("x");
  std::shared_ptr<Connection> connection;
  ASSERT_TRUE(eventually([&] {
    const std::lock_guard lock(mutex_);
    connection = latest_.lock();
    return connection != nullptr;
  }));
  auto& loop = loops_.at(0);
  const auto bytes = std::make_shared<const std::string>("0123456789");
  std::vector<std::thread> senders;
  for (int t = 0; t < 4; ++t)
    senders.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) loop.post([connection, bytes] { connection->send(bytes); });
    });
  for (auto& sender : senders) sender.join();
  EXPECT_EQ(peer.exactly(40'000).size(), 40'000U);
}

TEST_F(NetTest, TheEndOfTheLoopsEndsConnections) {
  start();
  auto peer = client();
  peer.send("x");
  EXPECT_EQ(peer.exactly(1), "x");
  loops_.stop();
  EXPECT_EQ(journal_.next(), "closed: shutdown");
  EXPECT_TRUE(peer.atEnd());
}

// --- the listener ---

TEST_F(NetTest, TooManyConnectionsAreClosedAtOnce) {
  options_.maxConnections = 2;
  start();
  auto first = client();
  auto second = client();
  first.send("1");
  second.send("2");
  EXPECT_EQ(first.exactly(1) + second.exactly(1), "12");
  auto third = client();
  EXPECT_TRUE(third.atEnd());
  first.close();
  EXPECT_TRUE(eventually([this] { return listener_->connectionCount() == 1; }));
  auto fourth = client();
  fourth.send("4");
  EXPECT_EQ(fourth.exactly(1), "4");
}

TEST_F(NetTest, TooManyConnectionsOfOneAddressAreClosedAtOnce) {
  options_.maxConnectionsPerAddress = 1;
  start();
  auto first = client();
  first.send("1");
  EXPECT_EQ(first.exactly(1), "1");
  auto second = client();
  EXPECT_TRUE(second.atEnd());
  auto more = options_;
  more.maxConnectionsPerAddress = 2;
  listener_->reload(more);
  auto third = client();
  third.send("3");
  EXPECT_EQ(third.exactly(1), "3");
}

TEST_F(NetTest, OutOfDescriptorsItTurnsClientsAwayAndRecovers) {
  start();
  {
    auto before = client();
    before.send("x");
    EXPECT_EQ(before.exactly(1), "x");
  }
  EXPECT_EQ(journal_.next(), "closed: peer closed");
  EXPECT_TRUE(eventually([this] { return listener_->connectionCount() == 0; }));
  std::vector<FileDescriptor> hoard;
  for (FileDescriptor one(::dup(0)); one; one = FileDescriptor(::dup(0))) hoard.push_back(std::move(one));
  hoard.pop_back();  // for the client's own socket
  auto turnedAway = client();
  EXPECT_TRUE(turnedAway.atEnd());
  hoard.clear();
  auto after = client();
  after.send("x");
  EXPECT_EQ(after.exactly(1), "x");
}

TEST_F(NetTest, AfterStopAcceptingNobodyComesInAndConnectionsLiveOn) {
  start();
  auto peer = client();
  peer.send("x");
  EXPECT_EQ(peer.exactly(1), "x");
  listener_->stopAccepting();
  EXPECT_THROW(client(), std::runtime_error);
  peer.send("y");
  EXPECT_EQ(peer.exactly(1), "y");
}

TEST_F(NetTest, SaysWhatIsWrongWithAnAddress) {
  options_.address = "nowhere";
  EXPECT_THROW(start(), Error);
  options_.address = "127.0.0.1";
  start();
  ListenerOptions taken;
  taken.port = listener_->port();
  try {
    const Listener second(loops_, taken, {});
    FAIL() << "the port is taken";
  } catch (const Error& error) {
    EXPECT_NE(error.detail().find(std::to_string(taken.port)), std::string::npos) << error.detail();
  }
}

TEST_F(NetTest, AnIdleConnectionHoldsNoBuffers) {
  // The rest of the budget of 3 kB belongs to the handler and to what the session keeps.
  EXPECT_LE(sizeof(TcpConnection), 512U);
}

TEST_F(NetTest, TheLoopsCountConnectionsAndBytes) {
  const auto sum = [this](const auto& counter) {
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < loops_.size(); ++i) total += counter(loops_.at(i).counters());
    return total;
  };
  const auto connections = [](const LoopCounters& counters) { return counters.connections.get(); };
  const auto waiting = [](const LoopCounters& counters) { return counters.waitingBytes.get(); };
  script_.input = [](Connection& connection) {
    connection.consume(connection.input().size());
    connection.send(std::string(4'000'000, 'x'));
  };
  start();
  auto peer = client(4096);
  peer.send("question");
  EXPECT_TRUE(eventually([&] { return sum(waiting) > 0; }));
  EXPECT_EQ(sum(connections), 1U);
  onLoop([&](Connection& connection) {
    auto& target = loops_.at(1 - connection.loop().index());
    connection.moveTo(target, [this] { journal_.note("moved"); });
  });
  EXPECT_EQ(journal_.next(), "moved");
  EXPECT_EQ(sum(connections), 1U);
  EXPECT_GT(sum(waiting), 0U);
  EXPECT_EQ(peer.exactly(4'000'000).size(), 4'000'000U);
  peer.close();
  EXPECT_EQ(journal_.next(), "closed: peer closed");
  EXPECT_TRUE(eventually([&] { return sum(connections) == 0; }));
  EXPECT_EQ(sum(waiting), 0U);
  EXPECT_EQ(sum([](const LoopCounters& counters) { return counters.receivedBytes.get(); }), 8U);
  EXPECT_EQ(sum([](const LoopCounters& counters) { return counters.sentBytes.get(); }), 4'000'000U);
  constexpr auto peerClosed = static_cast<std::size_t>(CloseReason::PeerClosed);
  EXPECT_EQ(sum([](const LoopCounters& counters) { return counters.closed.at(peerClosed).get(); }), 1U);
  EXPECT_EQ(listener_->figures().accepted, 1U);
}

}  // namespace parley::net
