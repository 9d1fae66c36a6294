// SPDX-License-Identifier: Apache-2.0
#include "world.h"

namespace parley::realtime {

using test::World;
using Texts = std::vector<std::string>;

TEST(SocketIo, AnswersConnectWithAnIdAndARecoveryId) {
  World world;
  const auto client = world.connect();
  const auto greeting = world.greet(client);
  EXPECT_EQ(greeting.sid.size(), 20u);
  EXPECT_EQ(greeting.pid.size(), 32u);
  EXPECT_NE(greeting.sid, world.greet(world.connect()).sid);
}

TEST(SocketIo, GivesNoRecoveryIdToThoseWhoCannotUseIt) {
  World world;
  http::Request python;
  python.query = "transport=websocket&EIO=4&t=1795373331.2269397";
  EXPECT_EQ(world.greet(world.connect(0, OutMessage::Framing::EngineIo, python)).pid, "");
  EXPECT_NE(world.greet(world.connect(0, OutMessage::Framing::EngineIo, python), R"(0{"recovery":true})").pid, "");
  http::Request aiohttp;
  aiohttp.headers.add("User-Agent", "Python/3.11 aiohttp/3.14.5");
  EXPECT_EQ(world.greet(world.connect(0, OutMessage::Framing::EngineIo, aiohttp)).pid, "");
  http::Request browser;
  browser.query = "EIO=4&transport=polling&t=OxYz12a.0";  // older clients put a point into their time stamp
  browser.headers.add("User-Agent", "Mozilla/5.0");
  EXPECT_NE(world.greet(world.connect(0, OutMessage::Framing::EngineIo, browser)).pid, "");
  EXPECT_EQ(world.greet(world.connect(), R"(0{"recovery":false})").pid, "");
}

TEST(SocketIo, RefusesUnknownAndDisabledNamespaces) {
  World world;
  world.table.addNamespace({"/off", "tester", {}, {}, true});
  const auto client = world.connect();
  client.say("0/nowhere,");
  client.say("0/off,");
  world.settle();
  const auto heard = client.heard();
  ASSERT_EQ(heard.size(), 2u);
  EXPECT_EQ(heard[0].rfind(R"(4/nowhere,{"message":"Invalid namespace","data":{"success":false,)", 0), 0u) << heard[0];
  EXPECT_NE(heard[0].find(R"("code":"NOT_FOUND")"), std::string::npos);
  EXPECT_NE(heard[1].find(R"("code":"FEATURE_DISABLED")"), std::string::npos);
  EXPECT_TRUE(client.session().isOpen());
}

TEST(SocketIo, ANamespaceSeesAuthAndMayRefuse) {
  World world;
  world.table.addNamespace({"/vip",
                            "tester",
                            [](const EventCall& call) {
                              if (call.data().as_object().at("token") != "good")
                                throw Error(ErrorCode::Unauthenticated, "bad token");
                            },
                            {}});
  const auto client = world.connect();
  client.say(R"(0/vip,{"token":"bad"})");
  world.settle();
  const auto heard = client.heard();
  ASSERT_EQ(heard.size(), 1u);
  EXPECT_EQ(heard[0].rfind(R"(4/vip,{"message":"bad token","data":{)", 0), 0u) << heard[0];
  EXPECT_NE(world.greet(client, R"(0/vip?x=1,{"token":"good"})").sid, "");
  EXPECT_EQ(world.registry.all().size(), 1u);
}

TEST(SocketIo, WhatTheConnectHandlerSendsComesAfterTheConnect) {
  World world;
  world.table.addNamespace({"/n",
                            "tester",
                            [&world](const EventCall& call) {
                              Emit emit("welcome", Json(1));
                              emit.nameSpace = "/n";
                              world.emitTo(call.caller.socketId, emit);
                            },
                            {}});
  const auto greeting = world.greet(world.connect(), R"(0/n,{"recovery":false})");
  EXPECT_EQ(greeting.rest, Texts{R"(2/n,["welcome",1])"});
}

TEST(SocketIo, EndsTheConnectionOfWhoBreaksTheProtocol) {
  const std::pair<Texts, std::string> table[] = {
      {{"9"}, "unknown packet type"},
      {{"2[\"early\"]"}, "not in this namespace"},
      {{"0", "0"}, "in this namespace already"},
      {{"0", "2/other,[\"x\"]"}, "not in this namespace"},
      {{"0", "4{\"message\":\"x\"}"}, "not in this namespace"},
      {{"0", "2[\"connect\"]"}, "illegal event name"},
      {{"0", "51-[\"x\",{\"_placeholder\":true,\"num\":0}]", "2[\"y\"]"}, "text in place of an attachment"},
  };
  World world;
  for (const auto& [texts, fault] : table) {
    const auto client = world.connect();
    for (const auto& text : texts) client.say(text);
    world.settle();
    EXPECT_FALSE(client.session().isOpen()) << texts.back();
    EXPECT_EQ(client.session().fault(), fault) << texts.back();
  }
  EXPECT_TRUE(world.registry.all().empty());
}

TEST(SocketIo, AClientMayLeaveANamespaceAndComeAgain) {
  World world;
  world.table.addNamespace({"/n", "tester", {}, [&world](const Caller& caller, const std::string& reason) {
                              world.watcher.note(caller.socketId + " " + reason);
                            }});
  const auto client = world.connect();
  const auto first = world.greet(client, "0/n,");
  client.say("1/n,");
  client.say("2/n,[\"late\"]");
  world.settle();
  EXPECT_TRUE(client.session().isOpen());
  EXPECT_EQ(world.watcher.notes(), Texts{first.sid + " client namespace disconnect"});
  EXPECT_EQ(world.registry.find(first.sid), nullptr);
  EXPECT_NE(world.greet(client, "0/n,").sid, first.sid);
}

TEST(SocketIo, BoundsTheNamespacesOfOneSession) {
  SocketIoOptions options;
  options.maxNameSpaces = 2;
  World world({}, {}, options);
  for (const auto* name : {"/a", "/b", "/c"}) world.table.addNamespace({name, "tester", {}, {}});
  const auto client = world.connect();
  for (const auto* packet : {"0/a,", "0/b,", "0/c,"}) client.say(packet);
  world.settle();
  const auto heard = client.heard();
  ASSERT_EQ(heard.size(), 3u);
  EXPECT_NE(heard[2].find("RATE_LIMITED"), std::string::npos);
}

TEST(SocketIo, ClosesASessionThatJoinsNoNamespace) {
  SocketIoOptions options;
  options.connectTimeout = Millis{20};
  World world({}, {}, options);
  const auto joined = world.connect();
  world.greet(joined);
  const auto idle = world.connect();
  world.settleUntil([&] { return !idle.session().isOpen(); });
  EXPECT_EQ(idle.session().closedWith(), "forced server close");
  EXPECT_TRUE(joined.session().isOpen());
}

TEST(SocketIo, TakesBinaryArguments) {
  World world;
  world.on("upload", [](const EventCall& call) { return Answer(Json(call.payload.attachments.at(1))); });
  const auto client = world.connect();
  world.greet(client);
  client.say(R"(52-7["upload",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}])");
  client.sayBinary("one");
  client.sayBinary("two");
  world.settle();
  EXPECT_EQ(client.heard(), Texts{R"(37[{"success":true,"data":"two"}])"});
}

TEST(SocketIo, AcknowledgesWithBytes) {
  World world;
  world.on("echo", [](const EventCall& call) { return Answer(call.data()).with(call.payload.attachments); });
  const auto client = world.connect();
  world.greet(client);
  client.say(R"(51-7["echo",{"_placeholder":true,"num":0}])");
  client.sayBinary("one");
  world.settle();
  EXPECT_EQ(client.heard(), Texts{R"(61-7[{"success":true,"data":{"_placeholder":true,"num":0}}])"
                                  "\x1e"
                                  "bb25l"});
}

}  // namespace parley::realtime
