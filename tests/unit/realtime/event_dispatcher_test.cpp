// SPDX-License-Identifier: Apache-2.0
#include "world.h"

#include <future>
#include <stdexcept>

namespace parley::realtime {

using test::World;
using Texts = std::vector<std::string>;

namespace {

/// A client that is connected, does not recover (so that events end as they were sent), and asks in English.
test::Client english(World& world) {
  http::Request handshake;
  handshake.headers.add("Accept-Language", "en");
  handshake.peerAddress = "192.0.2.7";
  handshake.headers.add("User-Agent", "tester");
  auto client = world.connect(0, OutMessage::Framing::EngineIo, handshake);
  world.greet(client, R"(0{"recovery":false})");
  return client;
}

std::string codeOf(const std::string& packet) {
  auto value = boost::json::parse(packet.substr(packet.find('['))).as_array().back();
  return std::string(textOf(value.as_object(), "code"));
}

}  // namespace

TEST(EventDispatcher, AcknowledgesWithTheAnswerAsItIs) {
  World world;
  world.on("ping", [](const EventCall&) { return Answer("pong"); });
  world.on("users:online", [](const EventCall&) { return Answer::bare(JsonArray{1, 2}); });
  const auto client = english(world);
  client.say("20[\"ping\"]");
  client.say("21[\"users:online\"]");
  client.say("2[\"ping\"]");
  world.settle();
  EXPECT_EQ(client.heard(), (Texts{R"(30[{"success":true,"data":"pong"}])", "31[[1,2]]"}));
}

TEST(EventDispatcher, TellsTheHandlerWhoCalls) {
  World world;
  world.on("who", [](const EventCall& call) {
    const auto& caller = call.caller;
    return Answer::bare(
        JsonArray{caller.userId, caller.role, caller.address, caller.userAgent, caller.locale, caller.requestId});
  });
  const auto client = english(world);
  const auto id = world.registry.all().front()->id();
  world.registry.bindUser(id, "ann", "admin");
  client.say("21[\"who\"]");
  client.say("22[\"who\"]");
  world.settle();
  EXPECT_EQ(client.heard(), (Texts{R"(31[["ann","admin","192.0.2.7","tester","en",")" + id + R"(-1"]])",
                                   R"(32[["ann","admin","192.0.2.7","tester","en",")" + id + R"(-2"]])"}));
}

TEST(EventDispatcher, AFailureGoesIntoTheAcknowledgementOrAnErrorEvent) {
  World world;
  world.on("fail", [](const EventCall&) -> Answer { throw Error(ErrorCode::Conflict, "twice"); });
  const auto client = english(world);
  client.say("25[\"fail\"]");
  client.say("2[\"fail\"]");
  world.settle();
  const std::string failure =
      R"("success":false,"message":"This conflicts with what is there already","error":"twice","code":"CONFLICT")";
  EXPECT_EQ(client.heard(), (Texts{"35[{" + failure + "}]", "2[\"error\",{" + failure + R"(,"event":"fail"}])"}));
}

TEST(EventDispatcher, ChecksBeforeTheHandlerRuns) {
  World world;
  std::atomic<int> calls{0};
  auto count = [&calls](const EventCall&) {
    ++calls;
    return Answer();
  };
  world.on("joined", count, Access::joined().actingAs("userId").participantOf("sessionId"));
  world.on("admins", count, Access::role("admin"));
  world.table.add({"/", "off", "tester", Access::anyone(), {}});
  const auto client = english(world);
  auto code = [&](const std::string& event) {
    client.say("21" + event);
    world.settle();
    const auto heard = client.heard();
    return heard.size() == 1 ? codeOf(heard[0]) : "?";
  };
  EXPECT_EQ(code("[\"nothing\"]"), "NOT_FOUND");
  EXPECT_EQ(code("[\"off\"]"), "FEATURE_DISABLED");
  EXPECT_EQ(code("[\"joined\",{}]"), "UNAUTHENTICATED");
  world.registry.bindUser(world.registry.all().front()->id(), "bob", "user");
  EXPECT_EQ(code(R"(["joined",{"userId":"ann"}])"), "FORBIDDEN");
  EXPECT_EQ(code(R"(["joined",{"userId":"bob","sessionId":"s"}])"), "FORBIDDEN");
  EXPECT_EQ(code(R"(["joined",{"userId":"bob","sessionId":"none"}])"), "NOT_FOUND");
  EXPECT_EQ(code("[\"admins\",{}]"), "FORBIDDEN");
  EXPECT_EQ(calls, 0);
  EXPECT_EQ(code(R"(["joined",{"userId":"bob"}])"), "");
  EXPECT_EQ(calls, 1);
}

TEST(EventDispatcher, AClientIsANewcomerUntilItSpeaksAsAUser) {
  World world;
  world.on("ping", [](const EventCall&) { return Answer("pong"); });
  const auto client = english(world);
  client.say("21[\"ping\"]");
  world.settle();
  EXPECT_TRUE(client.session().isNewcomer());
  world.registry.bindUser(world.registry.all().front()->id(), "ann", "user");
  EXPECT_TRUE(client.session().isNewcomer());
  client.say("22[\"ping\"]");
  world.settle();
  EXPECT_FALSE(client.session().isNewcomer());
}

TEST(EventDispatcher, NamesTheUnknownEvent) {
  World world;
  const auto client = english(world);
  client.say("2[\"no:such\"]");
  world.settle();
  const auto heard = client.heard();
  ASSERT_EQ(heard.size(), 1u);
  EXPECT_NE(heard[0].find(R"("event":"no:such")"), std::string::npos);
}

TEST(EventDispatcher, HidesWhatBrokeInAHandler) {
  World world;
  world.on("throws", [](const EventCall&) -> Answer { throw std::runtime_error("/etc/secret"); });
  world.on("throwsInt", [](const EventCall&) -> Answer { throw 7; });
  world.table.add({"/", "forgets", "tester", Access::anyone(), [](const EventCall&, const Reply&) {}});
  const auto client = english(world);
  for (const auto* event : {"[\"throws\"]", "[\"throwsInt\"]", "[\"forgets\"]"}) {
    client.say(std::string("21").append(event));
    world.settle();
    const auto heard = client.heard();
    ASSERT_EQ(heard.size(), 1u) << event;
    EXPECT_EQ(codeOf(heard[0]), "INTERNAL");
    EXPECT_EQ(heard[0].find("secret"), std::string::npos);
  }
}

TEST(EventDispatcher, TheNextEventsWaitForAnAnswerWhereTheyAreTo) {
  World world;
  std::vector<Reply> replies;
  EventEntry enter{"/",
                   "enter",
                   "tester",
                   Access::anyone(),
                   [&](const EventCall&, const Reply& reply) { replies.push_back(reply); },
                   NextEvents::Wait};
  world.table.add(std::move(enter));
  world.on("ping", [](const EventCall&) { return Answer::bare("pong"); });
  const auto client = english(world);
  const auto other = english(world);
  client.say("21[\"enter\"]");
  client.say("22[\"ping\"]");
  other.say("23[\"ping\"]");
  world.settle();
  EXPECT_EQ(client.heard(), Texts{});
  EXPECT_EQ(other.heard(), Texts{"33[\"pong\"]"});
  replies.at(0)(Answer::bare("welcome"));
  world.settle();
  EXPECT_EQ(client.heard(), (Texts{"31[\"welcome\"]", "32[\"pong\"]"}));
  client.say("24[\"enter\"]");
  client.say("25[\"ping\"]");
  world.settle();
  replies.clear();
  world.settle();
  EXPECT_EQ(client.heard().back(), "35[\"pong\"]") << "one that is never answered";
}

TEST(EventDispatcher, ADeferredAnswerMayComeFromAnyThreadOnce) {
  World world;
  std::promise<Reply> taken;
  world.table.add({"/", "later", "tester", Access::anyone(),
                   [&](const EventCall&, const Reply& reply) { taken.set_value(reply); }});
  world.on("now", [](const EventCall&) { return Answer(); });
  const auto client = english(world);
  client.say("21[\"later\"]");
  client.say("22[\"now\"]");
  auto reply = taken.get_future().get();
  world.settle();
  EXPECT_EQ(client.heard(), Texts{R"(32[{"success":true,"data":null}])"});
  reply(Answer("done"));
  reply(Error(ErrorCode::Internal, "twice"));
  reply = nullptr;
  world.settle();
  EXPECT_EQ(client.heard(), Texts{R"(31[{"success":true,"data":"done"}])"});
}

TEST(EventDispatcher, KeepsTheOrderOfOneSocketWhileOthersGoOn) {
  World world;
  std::promise<void> release;
  auto released = release.get_future().share();
  world.on("wait", [released](const EventCall&) {
    released.wait();
    return Answer();
  });
  world.on("note", [&world](const EventCall& call) {
    world.watcher.note(std::to_string(call.data().as_int64()));
    return Answer();
  });
  const auto slow = english(world);
  const auto other = english(world);
  slow.say("2[\"wait\"]");
  for (int i = 0; i < 50; ++i) slow.say("2[\"note\"," + std::to_string(i) + "]");
  other.say("2[\"note\",1000]");
  while (world.watcher.notes().empty()) std::this_thread::yield();
  EXPECT_EQ(world.watcher.notes(), Texts{"1000"});
  release.set_value();
  world.settle();
  const auto notes = world.watcher.notes();
  ASSERT_EQ(notes.size(), 51u);
  for (std::size_t i = 0; i < 50; ++i) EXPECT_EQ(notes[i + 1], std::to_string(i));
}

TEST(EventDispatcher, PausesTheInputWhenManyEventsWait) {
  SocketOptions options;
  options.maxQueuedEvents = 8;
  World world(options);
  std::promise<void> started;
  std::promise<void> release;
  auto released = release.get_future().share();
  world.on("wait", [&started, released](const EventCall&) {
    started.set_value();
    released.wait();
    return Answer();
  });
  world.on("note", [](const EventCall&) { return Answer(); });
  const auto client = english(world);
  client.say("2[\"wait\"]");
  started.get_future().wait();
  for (int i = 0; i < 4; ++i) client.say("2[\"note\"]");
  auto pass = [&world] {
    std::promise<void> passed;
    world.loops.at(0).post([&passed] { passed.set_value(); });
    passed.get_future().wait();
  };
  pass();
  EXPECT_FALSE(client.session().isPaused());
  for (int i = 0; i < 3; ++i) client.say("2[\"note\"]");
  pass();
  EXPECT_TRUE(client.session().isPaused());
  for (int i = 0; i < 2; ++i) client.say("2" + std::to_string(i) + "[\"note\"]");
  pass();
  pass();
  const auto heard = client.heard();
  ASSERT_EQ(heard.size(), 1u);
  EXPECT_EQ(codeOf(heard[0]), "UNAVAILABLE");
  release.set_value();
  world.settle();
  EXPECT_FALSE(client.session().isPaused());
}

TEST(EventDispatcher, BoundsTheRateOfOneSocket) {
  DispatchOptions options;
  options.perSocket = {10, 2};
  World world({}, options);
  world.on("x", [](const EventCall&) { return Answer(); });
  const auto client = english(world);
  auto codes = [&](int count) {
    for (int i = 0; i < count; ++i) client.say("21[\"x\"]");
    world.settle();
    Texts all;
    for (const auto& packet : client.heard()) all.push_back(codeOf(packet));
    return all;
  };
  EXPECT_EQ(codes(3), (Texts{"", "", "RATE_LIMITED"}));
  world.clock.elapsed = Millis{100};
  EXPECT_EQ(codes(2), (Texts{"", "RATE_LIMITED"}));
  EXPECT_EQ(world.registry.all().size(), 1u);
  const auto other = english(world);
  other.say("21[\"x\"]");
  world.settle();
  EXPECT_EQ(other.heard(), Texts{R"(31[{"success":true,"data":null}])"});
}

TEST(EventDispatcher, WhatAHandlerSendsToItsSocketComesBeforeTheAnswer) {
  World world;
  world.on("join", [&world](const EventCall& call) {
    world.emitTo(call.caller.socketId, Emit("joined", Json(1)));
    return Answer();
  });
  const auto client = english(world);
  client.say("21[\"join\"]");
  world.settle();
  EXPECT_EQ(client.heard(), (Texts{"2[\"joined\",1]", R"(31[{"success":true,"data":null}])"}));
}

}  // namespace parley::realtime
