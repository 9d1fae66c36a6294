// SPDX-License-Identifier: Apache-2.0
#include "engine_fixture.h"
#include "masked_frame.h"
#include "realtime/engine/websocket_handshake.h"

namespace parley::realtime {

using namespace std::string_literals;

class EngineWebSocket : public EngineFixture {
 protected:
  static std::string upgradeTarget(const std::string& pollingTarget) {
    return "/socket.io/?EIO=4&transport=websocket" + pollingTarget.substr(pollingTarget.find("&sid="));
  }
};

TEST(WebSocketHandshake, AcceptKeyIsTheOneOfRfc6455) {
  EXPECT_EQ(acceptKey("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST_F(EngineWebSocket, CarriesMessagesBothWays) {
  start();
  TestClient client(port());
  const auto sid = openDirect(client);
  EXPECT_EQ(sid, session()->id());
  client.sendText("4echo hello");
  EXPECT_EQ(client.readText(), "4hello");
  client.sendFrame(0x82, "\x00\xff"s);
  EXPECT_EQ(client.readText(), "4bytes");
  const auto bytes = client.readFrame();
  EXPECT_EQ(bytes.lead, 0x82U);
  EXPECT_EQ(bytes.payload, "\x00\xff"s);
  client.sendFrame(0x89, "are you there");
  const auto pong = client.readFrame();
  EXPECT_EQ(pong.lead, 0x8aU);
  EXPECT_EQ(pong.payload, "are you there");
}

TEST_F(EngineWebSocket, TakesWhatComesRightBehindTheHandshake) {
  start();
  TestClient client(port());
  client.sendBytes(
      "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
      "Connection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
      "dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n\x81\x86"s +
      "\0\0\0\0"s + "4early");
  EXPECT_EQ(client.readAnswer().status, 101);
  EXPECT_EQ(journal_.waitFor(1).back(), "early");
}

TEST_F(EngineWebSocket, RefusesABadHandshake) {
  start();
  const std::string good = "/socket.io/?EIO=4&transport=websocket";
  const auto open = [&](const std::string& target, const std::string& headers = {}) {
    TestClient client(port());
    auto answer = client.openWebSocket(target, headers);
    EXPECT_TRUE(answer.status == 101 || client.ends());
    return answer;
  };
  const std::string upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
  const auto version =
      open(good, upgrade + "Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
  EXPECT_EQ(version.status, 426);
  EXPECT_NE(version.head.find("Sec-WebSocket-Version: 13\r\n"), std::string::npos) << version.head;
  EXPECT_EQ(open(good, upgrade + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n").status, 400);
  EXPECT_EQ(open(good, upgrade + "Sec-WebSocket-Version: 13\r\n").status, 400);
  EXPECT_EQ(open("/socket.io/?EIO=3&transport=websocket").body,
            "{\"code\":5,\"message\":\"Unsupported protocol version\"}");
  EXPECT_EQ(open("/socket.io/?EIO=4&transport=polling").body, "{\"code\":3,\"message\":\"Bad request\"}");
  EXPECT_EQ(open(good + "&sid=AAAAAAAAAAAAAAAAAAAAAAAA0").body, "{\"code\":1,\"message\":\"Session ID unknown\"}");
  EXPECT_EQ(open(good + "&sid=AAAAAAAAAAAAAAAAAAAAAAAA1").body, "{\"code\":1,\"message\":\"Session ID unknown\"}");
  EXPECT_EQ(open(good + "&sid=x").body, "{\"code\":1,\"message\":\"Session ID unknown\"}");
  EXPECT_EQ(engine_->sessionCount(), 0U);
}

TEST_F(EngineWebSocket, AFaultEndsTheSessionWithItsCloseCode) {
  start({.sessions = {.maxPayload = 100, .maxFragments = 2}});
  auto unmasked = maskedFrame(0x81, "4x");
  unmasked[1] = 2;
  const std::pair<std::string, int> cases[] = {
      {unmasked, 1002},
      {maskedFrame(0xc1, "4x"), 1002},
      {maskedFrame(0x83, "4x"), 1002},
      {maskedFrame(0x89, std::string(126, 'x')), 1002},
      {maskedFrame(0x81, "4\xc0\xaf"), 1007},
      {maskedFrame(0x81, std::string(101, '4')), 1009},
      {maskedFrame(0x01, "4") + maskedFrame(0x00, "x") + maskedFrame(0x80, "y"), 1008},
      {maskedFrame(0x81, "9"), 1002},
      {maskedFrame(0x81, ""), 1002},
      {maskedFrame(0x81, "2"), 1002},
      {maskedFrame(0x81, "5"), 1002},
  };
  std::size_t closed = 0;
  for (const auto& [bytes, code] : cases) {
    SCOPED_TRACE(testing::PrintToString(bytes));
    TestClient client(port());
    openDirect(client);
    client.sendBytes(bytes);
    const auto frame = client.readFrame();
    EXPECT_EQ(frame.lead, 0x88U);
    EXPECT_EQ(frame.closeCode(), code);
    EXPECT_TRUE(client.ends());
    EXPECT_EQ(journal_.waitFor(++closed).back(), "closed: parse error");
  }
}

TEST_F(EngineWebSocket, KeepsTheClosingHandshake) {
  start();
  TestClient client(port());
  openDirect(client);
  client.sendFrame(0x88, "\x03\xe8"s + "bye");
  const auto echo = client.readFrame();
  EXPECT_EQ(echo.lead, 0x88U);
  EXPECT_EQ(echo.closeCode(), 1000);
  EXPECT_TRUE(client.ends());
  EXPECT_EQ(journal_.waitFor(1).back(), "closed: transport close");

  TestClient second(port());
  openDirect(second);
  onLoop(session(), [&] {
    session()->send(message("last words"), false);
    session()->close("forced server close");
  });
  EXPECT_EQ(second.readText(), "4last words");
  EXPECT_EQ(second.readFrame().closeCode(), 1000);
  second.sendFrame(0x88, "\x03\xe8"s);
  EXPECT_TRUE(second.ends());
  EXPECT_EQ(journal_.waitFor(2).back(), "closed: forced server close");
}

TEST_F(EngineWebSocket, DoesNotWaitForeverForTheClientsClose) {
  start({.sessions = {.closeTimeout = Millis(30)}});
  TestClient client(port());
  openDirect(client);
  onLoop(session(), [&] { session()->close("forced server close"); });
  EXPECT_EQ(client.readFrame().closeCode(), 1000);
  EXPECT_TRUE(client.ends());
}

TEST_F(EngineWebSocket, AConnectionThatBreaksOffEndsTheSession) {
  start();
  TestClient client(port());
  openDirect(client);
  client.close();
  EXPECT_EQ(journal_.waitFor(1).back(), "closed: transport close");
}

TEST_F(EngineWebSocket, HeartbeatKeepsWhoAnswersAndEndsWhoDoesNot) {
  start({.sessions = {.pingInterval = Millis(30), .pingTimeout = Millis(1500)}});
  TestClient client(port());
  openDirect(client);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(client.readText(), "2");
    client.sendText("3");
  }
  EXPECT_EQ(client.readText(), "2");
  EXPECT_EQ(client.readFrame().lead, 0x88U);
  const std::vector<std::string> expected{"pong", "pong", "pong", "pong", "pong", "closed: ping timeout"};
  EXPECT_EQ(journal_.waitFor(6), expected);
}

TEST_F(EngineWebSocket, AReaderThatNeverReadsIsLetGo) {
  start({.sessions = {.maxQueuedBytes = 100'000, .volatileQueuedBytes = 10'000}});
  TestClient client(port());
  openDirect(client);
  const auto big = message(std::string(50'000, 'a'));
  bool droppedVolatile = false;
  for (bool open = true; open;) {
    onLoop(session(), [&] {
      const auto state = session()->send(big, false);
      if (state == net::SendState::Sent || state == net::SendState::Queued) {
        droppedVolatile = session()->send(message("typing"), true) == net::SendState::Dropped || droppedVolatile;
      }
      open = session()->isOpen();
      EXPECT_EQ(open, state != net::SendState::Dropped);
    });
  }
  EXPECT_TRUE(droppedVolatile);
  EXPECT_EQ(journal_.waitFor(1).back(), "closed: transport close");
}

TEST_F(EngineWebSocket, TellsWhatWasWritten) {
  start();
  TestClient client(port());
  openDirect(client);
  onLoop(session(), [&] {
    session()->send(message("a"), false, [&] { journal_.add("written a"); });
    session()->send(message("b"), false, [&] { journal_.add("written b"); });
  });
  EXPECT_EQ(journal_.waitFor(2), (std::vector<std::string>{"written a", "written b"}));
  EXPECT_EQ(client.readText(), "4a");
  EXPECT_EQ(client.readText(), "4b");
}

TEST_F(EngineWebSocket, PausedInputWaits) {
  start({.sessions = {.pingInterval = Millis(20), .pingTimeout = Millis(700)}});
  TestClient client(port());
  openDirect(client);
  onLoop(session(), [&] { session()->pauseInput(true); });
  for (int i = 0; i < 3; ++i) client.sendText("4" + std::to_string(i));
  // Past the ping and its time-out: the pause is not the client's fault.
  EXPECT_EQ(client.readText(), "2");
  std::promise<void> later;
  session()->loop().post([&] { session()->loop().after(Millis(900), [&] { later.set_value(); }); });
  later.get_future().get();
  EXPECT_EQ(journal_.size(), 0U);
  onLoop(session(), [&] { session()->pauseInput(false); });
  EXPECT_EQ(journal_.waitFor(3), (std::vector<std::string>{"0", "1", "2"}));
}

TEST_F(EngineWebSocket, ClosesAllAndTakesNoMore) {
  start();
  TestClient socket(port());
  openDirect(socket);
  TestClient poll(port());
  const auto target = openPolling(poll);
  engine_->closeAll("server shutting down");
  EXPECT_EQ(socket.readFrame().closeCode(), 1001);
  EXPECT_EQ(poll.request("GET", target).body, "1");
  EXPECT_EQ(journal_.waitFor(2), std::vector<std::string>(2, "closed: server shutting down"));
  EXPECT_EQ(poll.request("GET", "/socket.io/?EIO=4&transport=polling").status, 503);
}

/// Plays the client's part of an upgrade: polls until released, then sends "5". Returns what the polls brought.
class EngineUpgrade : public EngineWebSocket {
 protected:
  static std::string upgrade(TestClient& poll, TestClient& socket, const std::string& target) {
    EXPECT_EQ(socket.openWebSocket(upgradeTarget(target)).status, 101);
    poll.sendRequest("GET", target);
    socket.sendText("2probe");
    EXPECT_EQ(socket.readText(), "3probe");
    auto body = poll.readAnswer().body;
    socket.sendText("5");
    return body;
  }
};

TEST_F(EngineUpgrade, ReleasesThePollAndGoesOn) {
  start();
  TestClient poll(port());
  const auto target = openPolling(poll);
  for (int clients = 0; clients < 2; ++clients) {  // one arrives on the session's loop, the other on the other
    TestClient probe(port());
    EXPECT_EQ(probe.openWebSocket(upgradeTarget(target)).status, 101);
    TestClient second(port());
    EXPECT_EQ(second.openWebSocket(upgradeTarget(target)).status, 400);
    probe.sendFrame(0x88, "\x03\xe8"s);
    EXPECT_TRUE(probe.ends());
  }
  TestClient socket(port());
  EXPECT_EQ(upgrade(poll, socket, target), "6");
  socket.sendText("4echo over the socket");
  EXPECT_EQ(socket.readText(), "4over the socket");
  EXPECT_EQ(session()->transport(), "websocket");
  EXPECT_EQ(poll.request("GET", target).body, "{\"code\":3,\"message\":\"Bad request\"}");
  EXPECT_EQ(poll.request("POST", target, "4x").body, "{\"code\":3,\"message\":\"Bad request\"}");
  TestClient third(port());
  EXPECT_EQ(third.openWebSocket(upgradeTarget(target)).status, 400);
  EXPECT_EQ(journal_.size(), 0U);
}

TEST_F(EngineUpgrade, AnAttemptThatFailsHarmsNothing) {
  start({.upgradeTimeout = Millis(30)});
  TestClient poll(port());
  const auto target = openPolling(poll);
  for (const auto* text : {"4message", "5", "3probe", "2", ""}) {
    TestClient probe(port());
    EXPECT_EQ(probe.openWebSocket(upgradeTarget(target)).status, 101);
    probe.sendText(text);
    EXPECT_EQ(probe.readFrame().lead, 0x88U);
    EXPECT_TRUE(probe.ends());
  }
  TestClient silent(port());
  EXPECT_EQ(silent.openWebSocket(upgradeTarget(target)).status, 101);
  EXPECT_EQ(silent.readFrame().closeCode(), 1008);
  EXPECT_EQ(poll.request("POST", target, "4echo still here").body, "ok");
  EXPECT_EQ(poll.request("GET", target).body, "4still here");
  EXPECT_EQ(journal_.size(), 0U);
}

TEST_F(EngineUpgrade, LosesAndRepeatsNothing) {
  start();
  for (int round = 0; round < 20; ++round) {
    TestClient poll(port());
    const auto target = openPolling(poll);
    const auto sender = session();
    constexpr int count = 1000;
    // One by one, so that the upgrade falls among them.
    const std::jthread pump([&] {
      for (int i = 0; i < count; ++i) onLoop(sender, [&] { sender->send(message(std::to_string(i)), false); });
    });
    std::string expected;
    for (int i = 0; i < count; ++i) expected += "4" + std::to_string(i) + '\x1e';
    std::string all;
    const auto take = [&](const std::string& payload) {
      if (payload != "6") all += payload + '\x1e';
    };
    for (int i = 0; i < round && all.size() < expected.size(); ++i) take(poll.request("GET", target).body);
    TestClient socket(port());
    take(upgrade(poll, socket, target));
    while (all.size() < expected.size()) take(socket.readText());
    ASSERT_EQ(all, expected);
  }
}

class Plain : public EngineFixture {};

TEST_F(Plain, CarriesTextBothWays) {
  start();
  TestClient client(port());
  EXPECT_EQ(client.openWebSocket("/ws?token=abc").status, 101);
  client.sendText("echo hello");
  EXPECT_EQ(client.readText(), "hello");
  EXPECT_EQ(session()->framing(), OutMessage::Framing::Plain);
  EXPECT_EQ(handshake().queryParam("token"), "abc");
  EXPECT_EQ(plain_->sessionCount(), 1U);
  client.sendFrame(0x82, "bytes");
  EXPECT_EQ(client.readFrame().closeCode(), 1003);
  EXPECT_EQ(journal_.waitFor(1).back(), "closed: parse error");
}

TEST_F(Plain, HeartbeatIsAPingFrame) {
  start({}, {.sessions = {.pingInterval = Millis(30), .pingTimeout = Millis(1500)}});
  TestClient client(port());
  EXPECT_EQ(client.openWebSocket("/ws").status, 101);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(client.readFrame().lead, 0x89U);
    client.sendFrame(0x8a, "");
  }
  const std::vector<std::string> expected{"pong", "pong", "pong", "pong", "pong", "closed: ping timeout"};
  EXPECT_EQ(journal_.waitFor(6), expected);
}

TEST_F(Plain, ClosesAll) {
  start();
  TestClient client(port());
  EXPECT_EQ(client.openWebSocket("/ws").status, 101);
  client.sendText("echo x");
  EXPECT_EQ(client.readText(), "x");
  plain_->closeAll("server shutting down");
  EXPECT_EQ(client.readFrame().closeCode(), 1001);
  EXPECT_EQ(journal_.waitFor(1).back(), "closed: server shutting down");
  TestClient late(port());
  EXPECT_EQ(late.openWebSocket("/ws").status, 503);
}

}  // namespace parley::realtime
