// SPDX-License-Identifier: Apache-2.0
#include "engine_fixture.h"

namespace parley::realtime {

class EnginePolling : public EngineFixture {
 protected:
  /// How many messages of so many bytes are taken for the session. [its loop]
  int sendUntilDropped(std::size_t bytes) {
    int sent = 0;
    while (session()->send(message(std::string(bytes, 'a')), false) != net::SendState::Dropped) ++sent;
    return sent;
  }
};

TEST_F(EnginePolling, HandshakeTellsTheSettings) {
  start({.sessions = {.pingInterval = Millis(300), .pingTimeout = Millis(200), .maxPayload = 5000}});
  TestClient client(port());
  const auto answer = client.request("GET", "/socket.io/?EIO=4&transport=polling&t=abc");
  EXPECT_EQ(answer.status, 200);
  EXPECT_NE(answer.head.find("Content-Type: text/plain; charset=UTF-8\r\n"), std::string::npos) << answer.head;
  const auto open = boost::json::parse(answer.body.substr(1)).as_object();
  EXPECT_EQ(open.at("upgrades").as_array(), boost::json::array{"websocket"});
  EXPECT_EQ(open.at("pingInterval"), 300);
  EXPECT_EQ(open.at("pingTimeout"), 200);
  EXPECT_EQ(open.at("maxPayload"), 5000);
  EXPECT_EQ(session()->id(), std::string_view(open.at("sid").as_string()));
  EXPECT_EQ(engine_->sessionCount(), 1U);
}

TEST_F(EnginePolling, OffersNoUpgradeThatIsSwitchedOff) {
  start({.webSocket = false});
  TestClient client(port());
  const auto answer = client.request("GET", "/socket.io/?EIO=4&transport=polling");
  EXPECT_TRUE(boost::json::parse(answer.body.substr(1)).at("upgrades").as_array().empty());
  EXPECT_EQ(client.request("GET", "/socket.io/?EIO=4&transport=websocket").body,
            "{\"code\":0,\"message\":\"Transport unknown\"}");
}

TEST_F(EnginePolling, RefusesInTheWordsOfTheProtocol) {
  start();
  TestClient client(port());
  const auto target = openPolling(client);
  const auto sid = target.substr(target.find("&sid="));
  struct Case {
    const char* method;
    std::string target;
    int status;
    std::string body;
  };
  const std::string badRequest = "{\"code\":3,\"message\":\"Bad request\"}";
  const std::string unknownSid = "{\"code\":1,\"message\":\"Session ID unknown\"}";
  const std::string badMethod = "{\"code\":2,\"message\":\"Bad handshake method\"}";
  const std::string version = "{\"code\":5,\"message\":\"Unsupported protocol version\"}";
  const Case cases[] = {
      {"GET", "/socket.io/", 400, "{\"code\":0,\"message\":\"Transport unknown\"}"},
      {"GET", "/socket.io/?EIO=4&transport=pigeon", 400, "{\"code\":0,\"message\":\"Transport unknown\"}"},
      {"GET", "/socket.io/?EIO=4&transport=polling&sid=nonsense", 400, unknownSid},
      {"GET", "/socket.io/?EIO=4&transport=polling&sid=AAAAAAAAAAAAAAAAAAAAAAAA0", 400, unknownSid},
      {"GET", "/socket.io/?EIO=4&transport=polling&sid=AAAAAAAAAAAAAAAAAAAAAAAA9", 400, unknownSid},
      {"GET", "/socket.io/?EIO=4&transport=polling&sid=AAAAAAAAAAAAAAAAAAAAAAAAx", 400, unknownSid},
      {"POST", "/socket.io/?EIO=4&transport=polling", 400, badMethod},
      {"PUT", "/socket.io/?EIO=4&transport=polling", 400, badMethod},
      {"GET", "/socket.io/?EIO=4&transport=websocket", 400, badRequest},
      {"GET", "/socket.io/?EIO=3&transport=polling", 400, version},
      {"GET", "/socket.io/?transport=polling", 400, version},
      {"DELETE", target, 400, badRequest},
      {"GET", "/socket.io/?EIO=4&transport=websocket" + sid, 400, badRequest},
      {"GET", "/socket.io/?EIO=3&transport=polling" + sid, 400, badRequest},
  };
  for (const auto& item : cases) {
    SCOPED_TRACE(std::string(item.method) + " " + item.target);
    const bool hasBody = std::string_view(item.method).starts_with('P');
    const auto answer = client.request(item.method, item.target, hasBody ? "4x" : "");
    EXPECT_EQ(answer.status, item.status);
    EXPECT_EQ(answer.body, item.body);
  }
  EXPECT_EQ(client.request("GET", "/socket.io/?EIO=4&transport=polling", {}, "Origin: http://evil\r\n").status, 403);
  EXPECT_TRUE(session()->isOpen());
}

TEST_F(EnginePolling, ParksAPollUntilThereAreMessages) {
  start();
  TestClient poll(port());
  TestClient post(port());  // on the other loop
  const auto target = openPolling(poll);
  poll.sendRequest("GET", target);
  const auto answer = post.request("POST", target,
                                   "4echo one\x1e"
                                   "4echo two",
                                   "Content-Type: text/plain;charset=UTF-8\r\n");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "ok");
  EXPECT_EQ(poll.readAnswer().body,
            "4one\x1e"
            "4two");
  // What comes between two polls waits for the next.
  EXPECT_EQ(post.request("POST", target, "4echo three").body, "ok");
  EXPECT_EQ(poll.request("GET", target).body, "4three");
}

TEST_F(EnginePolling, CarriesBytesBothWays) {
  start();
  TestClient client(port());
  const auto target = openPolling(client);
  EXPECT_EQ(client.request("POST", target, "bAQIDBA==").body, "ok");
  EXPECT_EQ(client.request("GET", target).body,
            "4bytes\x1e"
            "bAQIDBA==");
}

TEST_F(EnginePolling, KeepsAResponseWithinTheLimit) {
  start({.sessions = {.maxPayload = 100}});
  TestClient client(port());
  const auto target = openPolling(client);
  const std::string text(40, 'x');
  onLoop(session(), [&] {
    for (int i = 0; i < 3; ++i) session()->send(message(text), false);
    session()->send(message(std::string(200, 'y')), false);
  });
  EXPECT_EQ(client.request("GET", target).body, "4" + text +
                                                    "\x1e"
                                                    "4" +
                                                    text);
  EXPECT_EQ(client.request("GET", target).body, "4" + text);
  EXPECT_EQ(client.request("GET", target).body, "4" + std::string(200, 'y'));
}

TEST_F(EnginePolling, RefusesABodyThatIsTooLarge) {
  start({.sessions = {.maxPayload = 100}});
  TestClient client(port());
  const auto target = openPolling(client);
  EXPECT_EQ(client.request("POST", target, "4" + std::string(99, 'x')).status, 200);
  EXPECT_EQ(client.request("POST", target, "4" + std::string(100, 'x')).status, 413);
  EXPECT_TRUE(session()->isOpen());
}

TEST_F(EnginePolling, AMalformedPacketEndsThatSessionAlone) {
  start();
  TestClient other(port());
  const auto otherTarget = openPolling(other);
  for (const auto* body : {"9", "", "6\x1e", "b???", "0", "2", "5", "4\xc0\xaf"}) {
    SCOPED_TRACE(testing::PrintToString(body));
    const auto before = journal_.size();
    TestClient client(port());
    TestClient poll(port());
    const auto target = openPolling(client);
    poll.sendRequest("GET", target);
    EXPECT_EQ(client.request("POST", target, body).status, 400);
    EXPECT_EQ(poll.readAnswer().status, 400);
    EXPECT_EQ(journal_.waitFor(before + 1).back(), "closed: parse error");
    EXPECT_EQ(client.request("GET", target).body, "{\"code\":1,\"message\":\"Session ID unknown\"}");
  }
  EXPECT_EQ(other.request("POST", otherTarget, "4echo still here").body, "ok");
  EXPECT_EQ(other.request("GET", otherTarget).body, "4still here");
}

TEST_F(EnginePolling, OverlappingPollsEndTheSession) {
  start();
  TestClient first(port());
  TestClient second(port());
  const auto target = openPolling(first);
  first.sendRequest("GET", target);
  // Which of the two comes first is open; one is answered with 400, the other with the close packet.
  const auto refused = second.request("GET", target);
  const auto parked = first.readAnswer();
  EXPECT_EQ(refused.status + parked.status, 600);
  EXPECT_EQ(refused.status == 200 ? refused.body : parked.body, "1");
  EXPECT_EQ(journal_.waitFor(1).back(), "closed: transport error");
}

TEST_F(EnginePolling, BinaryContentTypeEndsTheSession) {
  start();
  TestClient client(port());
  const auto target = openPolling(client);
  EXPECT_EQ(client.request("POST", target, "4x", "Content-Type: application/octet-stream\r\n").status, 400);
  EXPECT_EQ(journal_.waitFor(1).back(), "closed: transport error");
}

TEST_F(EnginePolling, ClientSaysGoodbye) {
  start();
  TestClient poll(port());
  TestClient post(port());
  const auto target = openPolling(poll);
  poll.sendRequest("GET", target);
  // So that the poll is parked, not merely sent, when the goodbye comes.
  EXPECT_EQ(post.request("POST", target, "4echo parked").body, "ok");
  EXPECT_EQ(poll.readAnswer().body, "4parked");
  EXPECT_EQ(post.request("POST", target, "1").body, "ok");
  EXPECT_EQ(journal_.waitFor(1).back(), "closed: transport close");
  EXPECT_EQ(poll.request("GET", target).body, "{\"code\":1,\"message\":\"Session ID unknown\"}");
}

TEST_F(EnginePolling, AParkedPollThatBreaksOffEndsTheSession) {
  start();
  TestClient poll(port());
  const auto target = openPolling(poll);
  poll.sendRequest("GET", target);
  poll.close();
  EXPECT_EQ(journal_.waitFor(1).back(), "closed: transport error");
}

TEST_F(EnginePolling, ServerCloseReachesThePollThatComesAfterwards) {
  start();
  TestClient client(port());
  const auto target = openPolling(client);
  onLoop(session(), [&] {
    session()->send(message("last words"), false);
    session()->close("forced server close");
    EXPECT_FALSE(session()->isOpen());
  });
  EXPECT_EQ(journal_.waitFor(1).back(), "closed: forced server close");
  EXPECT_EQ(client.request("GET", target).body,
            "4last words\x1e"
            "1");
  EXPECT_EQ(client.request("GET", target).body, "{\"code\":1,\"message\":\"Session ID unknown\"}");
}

TEST_F(EnginePolling, PausedInputHoldsThePostBack) {
  start();
  TestClient client(port());
  TestClient other(port());
  const auto target = openPolling(client);
  onLoop(session(), [&] { session()->pauseInput(true); });
  client.sendRequest("POST", target,
                     "4one\x1e"
                     "4two");
  // A poll goes on meanwhile. It shows, too, that nothing was taken.
  onLoop(session(), [&] { session()->send(message("hello"), false); });
  EXPECT_EQ(other.request("GET", target).body, "4hello");
  EXPECT_EQ(journal_.size(), 0U);
  onLoop(session(), [&] { session()->pauseInput(false); });
  EXPECT_EQ(client.readAnswer().body, "ok");
  EXPECT_EQ(journal_.waitFor(2), (std::vector<std::string>{"one", "two"}));
}

TEST_F(EnginePolling, AQueueThatIsFullEndsTheSession) {
  start({.sessions = {.maxQueuedBytes = 10'000, .volatileQueuedBytes = 1000}});
  TestClient client(port());
  const auto target = openPolling(client);
  int sent = 0;
  onLoop(session(), [&] {
    EXPECT_EQ(session()->send(message(std::string(2000, 'a')), false), net::SendState::Queued);
    EXPECT_EQ(session()->send(message("volatile"), true), net::SendState::Dropped);
    EXPECT_TRUE(session()->isOpen());
    sent = sendUntilDropped(2000);
    EXPECT_FALSE(session()->isOpen());
  });
  EXPECT_EQ(sent, 4);
  EXPECT_EQ(journal_.waitFor(1).back(), "closed: transport close");
}

TEST_F(EnginePolling, WhoPollsIsNotCutOffByLargeAnswers) {
  start({.sessions = {.maxPayload = 5000, .maxQueuedBytes = 10'000}});
  TestClient client(port());
  const auto target = openPolling(client);
  EXPECT_EQ(client.request("POST", target, "4echo first").body, "ok");
  EXPECT_EQ(client.request("GET", target).body, "4first");
  // An event, its acknowledgement, and what others say meanwhile.
  const std::string large(20'000, 'a');
  const std::vector<std::string> all{"x", large, "y", large, "z"};
  onLoop(session(), [&] {
    for (const auto& text : all) EXPECT_EQ(session()->send(message(text), false), net::SendState::Queued);
  });
  for (const auto& text : all) EXPECT_EQ(client.request("GET", target).body, "4" + text);
}

TEST_F(EnginePolling, WhatMayWaitForWhoPollsIsBoundedToo) {
  start({.sessions = {.maxPayload = 5000, .maxQueuedBytes = 10'000}});
  TestClient client(port());
  const auto target = openPolling(client);
  EXPECT_EQ(client.request("POST", target, "4echo first").body, "ok");
  EXPECT_EQ(client.request("GET", target).body, "4first");
  int sent = 0;
  onLoop(session(), [&] { sent = sendUntilDropped(2000); });
  EXPECT_EQ(sent, 10) << "two answers more than for who does not read";
  EXPECT_EQ(journal_.waitFor(1).back(), "closed: transport close");
}

TEST_F(EnginePolling, AnAnswerOnItsWayIsOneOfThoseThatAreNotCounted) {
  start({.sessions = {.maxPayload = 5000, .maxQueuedBytes = 10'000}});
  TestClient client(port());
  const auto target = openPolling(client);
  constexpr std::size_t moreThanTheKernelTakes = std::size_t{32} << 20U;
  onLoop(session(), [&] {
    session()->send(message(std::string(moreThanTheKernelTakes, 'a')), false, [&] { journal_.add("answered"); });
  });
  client.sendRequest("GET", target);
  journal_.waitFor(1);
  int sent = 0;
  onLoop(session(), [&] { sent = sendUntilDropped(2000); });
  EXPECT_EQ(sent, 8) << "one answer more";
}

TEST_F(EnginePolling, WhoHasNotPolledSinceAPingDoesNotRead) {
  constexpr Millis interval(30);
  start({.sessions = {.pingInterval = interval, .maxPayload = 5000, .maxQueuedBytes = 10'000}});
  TestClient client(port());
  const auto target = openPolling(client);
  EXPECT_EQ(client.request("GET", target).body, "2");
  EXPECT_EQ(client.request("POST", target, "3").body, "ok");
  std::promise<int> sent;
  onLoop(session(), [&] { session()->loop().after(2 * interval, [&] { sent.set_value(sendUntilDropped(2000)); }); });
  EXPECT_EQ(sent.get_future().get(), 5) << "the ping is waiting, too";
}

TEST_F(EnginePolling, SmallMessagesThatWaitAreBoundedInNumber) {
  start({.sessions = {.maxQueuedBytes = 6400}});
  TestClient client(port());
  const auto target = openPolling(client);
  int sent = 0;
  onLoop(session(), [&] {
    while (session()->send(message("a"), false) == net::SendState::Queued) ++sent;
    EXPECT_FALSE(session()->isOpen());
  });
  EXPECT_EQ(sent, 100);
}

TEST_F(EnginePolling, TellsWhatWasWritten) {
  start();
  TestClient client(port());
  const auto target = openPolling(client);
  onLoop(session(), [&] { session()->send(message("x"), false, [&] { journal_.add("written"); }); });
  EXPECT_EQ(client.request("GET", target).body, "4x");
  EXPECT_EQ(journal_.waitFor(1).back(), "written");
}

TEST_F(EnginePolling, HeartbeatKeepsWhoAnswersAndEndsWhoDoesNot) {
  start({.sessions = {.pingInterval = Millis(30), .pingTimeout = Millis(1500)}});
  TestClient poll(port());
  TestClient post(port());
  const auto target = openPolling(poll);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(poll.request("GET", target).body, "2");
    EXPECT_EQ(post.request("POST", target, "3").body, "ok");
  }
  const std::vector<std::string> expected{"pong", "pong", "pong", "pong", "pong", "closed: ping timeout"};
  EXPECT_EQ(journal_.waitFor(6), expected);
}

TEST_F(EnginePolling, LimitsThoseOfOneAddressThatPoll) {
  start({.sessions = {.maxPollingPerAddress = 2}});
  TestClient client(port());
  const auto target = openPolling(client);
  openPolling(client);
  EXPECT_EQ(client.request("GET", "/socket.io/?EIO=4&transport=polling").status, 503);
  EXPECT_EQ(client.request("POST", target, "1").status, 200);  // leaves
  journal_.waitFor(1);
  openPolling(client);
}

TEST_F(EnginePolling, LimitsTheNumberOfSessions) {
  start({.sessions = {.maxSessions = 1}});
  TestClient client(port());
  const auto target = openPolling(client);
  EXPECT_EQ(client.request("GET", "/socket.io/?EIO=4&transport=polling").status, 503);
  EXPECT_EQ(client.request("POST", target, "1").body, "ok");
  journal_.waitFor(1);
  openPolling(client);
}

}  // namespace parley::realtime
