// SPDX-License-Identifier: Apache-2.0
#include "realtime/packet_ring.h"
#include "world.h"

namespace parley::realtime {

using test::offsetOf;
using test::withoutOffsets;
using test::World;
using Texts = std::vector<std::string>;

namespace {

std::string comeBack(const test::Greeting& greeting, const std::string& offset, const std::string& nameSpace = "") {
  return "0" + nameSpace + boost::json::serialize(JsonObject{{"pid", greeting.pid}, {"offset", offset}});
}

constexpr RecoveryOptions few{.maxPackets = 3, .maxBytes = 100};

/// Its frames have so many bytes.
SharedMessage messageOf(const std::string& offset, std::size_t bytes = 10) {
  constexpr std::size_t headBytes = 2;
  const auto end = ",\"" + offset + "\"]";
  return std::make_shared<const OutMessage>(OutMessage::Framing::Plain,
                                            std::string(bytes - headBytes - end.size(), 'x') + end,
                                            std::vector<std::string>{}, offset.size());
}

Texts offsets(PacketRing& ring) {
  Texts all;
  for (const auto& kept : ring.messages()) all.emplace_back(kept.message->offset());
  return all;
}

/// A client that was sent a, b, c, has read a, and has lost its line.
struct Lost {
  explicit Lost(World& world) : client(world.connect()), greeting(world.greet(client)) {
    for (const auto* name : {"a", "b", "c"}) world.emitTo(greeting.sid, Emit(name, Json(1)));
    world.settle();
    offset = offsetOf(client.heard().at(0));
    client.breakOff();
    world.settle();
  }
  test::Client client;
  test::Greeting greeting;
  std::string offset;
};

}  // namespace

TEST(PacketRing, KnowsWhatWasMissed) {
  PacketRing ring(few, "base");
  for (const auto* offset : {"1", "2", "3"}) ring.add(messageOf(offset));
  EXPECT_FALSE(ring.forgetUpTo("0"));
  EXPECT_FALSE(ring.forgetUpTo(""));
  EXPECT_TRUE(ring.forgetUpTo("base"));
  EXPECT_EQ(offsets(ring), (Texts{"1", "2", "3"}));
  EXPECT_TRUE(ring.forgetUpTo("2"));
  EXPECT_EQ(offsets(ring), Texts{"3"});
  EXPECT_TRUE(ring.isCompleteAfter("2"));
  EXPECT_FALSE(ring.forgetUpTo("1"));
  EXPECT_TRUE(ring.forgetUpTo("2"));
}

TEST(PacketRing, GrowsInOrderWhereverItBegins) {
  const RecoveryOptions many;
  PacketRing ring(many, "");
  for (int i = 1; i <= 20; ++i) ring.add(messageOf(std::to_string(i)));
  EXPECT_TRUE(ring.forgetUpTo("10"));
  for (int i = 21; i <= 60; ++i) ring.add(messageOf(std::to_string(i)));
  EXPECT_TRUE(ring.forgetUpTo("18"));
  const auto kept = offsets(ring);
  ASSERT_EQ(kept.size(), 42u);
  for (std::size_t i = 0; i < kept.size(); ++i) EXPECT_EQ(kept[i], std::to_string(19 + i));
}

TEST(PacketRing, ForgetsTheOldestFirst) {
  PacketRing ring(few, "");
  for (int i = 1; i <= 1000; ++i) ring.add(messageOf(std::to_string(i)));
  EXPECT_EQ(offsets(ring), (Texts{"998", "999", "1000"}));
  EXPECT_TRUE(ring.forgetUpTo("997"));
  EXPECT_FALSE(ring.forgetUpTo("996"));
  ring.add(messageOf("big", 90));
  EXPECT_EQ(offsets(ring), (Texts{"1000", "big"}));
  ring.add(messageOf("too big", 101));
  EXPECT_EQ(offsets(ring), Texts{});
  EXPECT_FALSE(ring.isCompleteAfter("997"));
}

TEST(PacketRing, ForgetsWhatWasThereAtTheLastPong) {
  PacketRing ring(few, "");
  for (const auto* offset : {"1", "2"}) ring.add(messageOf(offset));
  ring.confirm();
  EXPECT_EQ(offsets(ring), (Texts{"1", "2"}));
  ring.add(messageOf("3"));
  ring.confirm();
  EXPECT_EQ(offsets(ring), Texts{"3"});
  EXPECT_TRUE(ring.forgetUpTo("2"));
  EXPECT_FALSE(ring.forgetUpTo("1"));
  ring.confirm();  // asked for anew: whether "3" has come is open again
  EXPECT_EQ(offsets(ring), Texts{"3"});
  ring.confirm();
  EXPECT_EQ(offsets(ring), Texts{});
  EXPECT_TRUE(ring.forgetUpTo("3"));
}

TEST(PacketRing, ConfirmsNoMoreThanIsLeft) {
  PacketRing ring(few, "");
  for (const auto* offset : {"1", "2", "3"}) ring.add(messageOf(offset));
  ring.confirm();
  for (const auto* offset : {"4", "5"}) ring.add(messageOf(offset));
  ring.confirm();
  EXPECT_EQ(offsets(ring), (Texts{"4", "5"}));
}

TEST(PacketRing, ForgetsTheReceiptOfWhatWasWritten) {
  base::WorkerPool pool(1, 1);
  PacketRing ring(few, "");
  std::vector<std::weak_ptr<Receipt>> receipts;
  for (const auto* offset : {"1", "2", "3", "4"}) {
    const auto receipt = std::make_shared<Receipt>(pool, nullptr, Texts{}, std::vector<Receipt::Recipient>{});
    receipts.push_back(receipt);
    ring.add(messageOf(offset), receipt);
  }
  EXPECT_TRUE(receipts[0].expired());  // three are kept
  ring.forget(*receipts[2].lock());
  EXPECT_FALSE(receipts[1].expired());
  EXPECT_TRUE(receipts[2].expired());
  EXPECT_FALSE(receipts[3].expired());
  EXPECT_EQ(offsets(ring), (Texts{"2", "3", "4"}));
}

TEST(Recovery, SendsWhatWasMissedInOrder) {
  World world;
  const Lost lost(world);
  world.emitTo(lost.greeting.sid, Emit("d", Json(2)));
  Emit typing("typing", Json(1));
  typing.isVolatile = true;
  world.emitTo(lost.greeting.sid, typing);
  const auto again = world.connect();
  const auto greeting = world.greet(again, comeBack(lost.greeting, lost.offset));
  EXPECT_EQ(greeting.sid, lost.greeting.sid);
  EXPECT_EQ(greeting.pid, lost.greeting.pid);
  EXPECT_EQ(withoutOffsets(greeting.rest), (Texts{"2[\"b\",1]", "2[\"c\",1]", "2[\"d\",2]"}));
  world.emitTo(greeting.sid, Emit("e", Json(3)));
  world.settle();
  EXPECT_EQ(withoutOffsets(again.heard()), Texts{"2[\"e\",3]"});
  EXPECT_EQ(world.services.disconnected, 0u);
}

namespace {

/// The client is sent a, b, c, answers a ping after a and another after b, and loses its line. The offset of a.
std::string loseAfterPongs(World& world, const test::Client& client, const test::Greeting& greeting) {
  for (const auto* name : {"a", "b", "c"}) {
    world.emitTo(greeting.sid, Emit(name, Json(1)));
    world.settle();
    if (*name != 'c') client.pong();
  }
  world.settle();
  const auto offset = offsetOf(client.heard().at(0));
  client.breakOff();
  world.settle();
  return offset;
}

}  // namespace

TEST(Recovery, SendsWhatNoPongHasConfirmed) {
  World world;
  const auto client = world.connect();
  const auto greeting = world.greet(client);
  const auto offset = loseAfterPongs(world, client, greeting);
  const auto back = world.greet(world.connect(), comeBack(greeting, offset));
  EXPECT_EQ(back.sid, greeting.sid);
  EXPECT_EQ(withoutOffsets(back.rest), (Texts{"2[\"b\",1]", "2[\"c\",1]"}));
}

TEST(Recovery, KeepsNothingThatPongsHaveConfirmed) {
  World world;
  const auto client = world.connect();
  const auto greeting = world.greet(client);
  loseAfterPongs(world, client, greeting);
  EXPECT_NE(world.greet(world.connect(), comeBack(greeting, "")).sid, greeting.sid);
}

TEST(Recovery, KeepsAllWhereThePongsComeOnAnotherLoop) {
  World world;
  const auto first = world.connect(0);
  const auto greeting = world.greet(first);
  first.breakOff();
  world.settle();
  const auto again = world.connect(1);
  ASSERT_EQ(world.greet(again, comeBack(greeting, "")).sid, greeting.sid);
  loseAfterPongs(world, again, greeting);
  const auto back = world.greet(world.connect(), comeBack(greeting, ""));
  EXPECT_EQ(back.sid, greeting.sid);
  EXPECT_EQ(withoutOffsets(back.rest), (Texts{"2[\"a\",1]", "2[\"b\",1]", "2[\"c\",1]"}));
}

TEST(Recovery, WorksOverAnotherLoopAndMoreThanOnce) {
  World world;
  Lost lost(world);
  std::string offset = lost.offset;
  for (int round = 0; round < 4; ++round) {
    const auto again = world.connect(round % 2 == 0 ? 1 : 0);
    const auto greeting = world.greet(again, comeBack(lost.greeting, offset));
    EXPECT_EQ(greeting.sid, lost.greeting.sid);
    ASSERT_EQ(withoutOffsets(greeting.rest), (round == 0 ? Texts{"2[\"b\",1]", "2[\"c\",1]"} : Texts{"2[\"m\",1]"}));
    offset = offsetOf(greeting.rest.back());
    again.breakOff();
    world.settle();
    world.emitTo(greeting.sid, Emit("m", Json(1)));
    world.settle();
  }
}

TEST(Recovery, KeepsUserAndRoomsAndTellsOfPresence) {
  World world;
  const auto client = world.connect();
  const auto greeting = world.greet(client);
  world.registry.bindUser(greeting.sid, "ann", "user");
  world.registry.join(greeting.sid, "room");
  client.breakOff("ping timeout");
  world.settle();
  EXPECT_FALSE(world.registry.isOnline("ann"));
  EXPECT_TRUE(world.registry.liveSocketsOf("ann").empty());
  std::vector<SocketPtr> found;
  world.registry.collectRoom("room", "/", found);
  world.registry.collectUser("ann", "/", found);
  EXPECT_EQ(found.size(), 2u);
  EXPECT_EQ(world.greet(world.connect(), comeBack(greeting, "")).sid, greeting.sid);
  EXPECT_TRUE(world.registry.isOnline("ann"));
  EXPECT_EQ(world.registry.identify(greeting.sid, {}).userId, "ann");
  EXPECT_EQ(world.watcher.notes(), (Texts{"ann came", "ann left", "ann came"}));
}

TEST(Recovery, WorksBeforeTheServerNoticedThatTheLineIsDead) {
  World world;
  const auto old = world.connect();
  const auto greeting = world.greet(old);
  world.registry.bindUser(greeting.sid, "ann", "user");
  world.emitTo(greeting.sid, Emit("a", Json(1)));
  world.settle();
  const auto again = world.connect(1);
  const auto back = world.greet(again, comeBack(greeting, ""));
  EXPECT_EQ(back.sid, greeting.sid);
  EXPECT_EQ(withoutOffsets(back.rest), Texts{"2[\"a\",1]"});
  EXPECT_FALSE(old.session().isOpen());
  EXPECT_TRUE(again.session().isOpen());
  EXPECT_EQ(world.watcher.notes(), Texts{"ann came"});
  world.emitTo(greeting.sid, Emit("b", Json(1)));
  world.settle();
  EXPECT_EQ(withoutOffsets(again.heard()), Texts{"2[\"b\",1]"});
}

TEST(Recovery, AnUnknownOffsetGivesANewSocket) {
  World world;
  const Lost lost(world);
  const auto greeting = world.greet(world.connect(), comeBack(lost.greeting, "unheard of"));
  EXPECT_NE(greeting.sid, lost.greeting.sid);
  EXPECT_NE(greeting.pid, lost.greeting.pid);
  EXPECT_TRUE(greeting.rest.empty());
  EXPECT_EQ(world.registry.find(lost.greeting.sid), nullptr);

  // The client still names its old offset when the new line breaks before it had an event.
  world.sessions.back()->loop().post([session = world.sessions.back()] { session->end("transport close"); });
  world.settle();
  EXPECT_EQ(world.greet(world.connect(), comeBack(greeting, "unheard of")).sid, greeting.sid);
}

TEST(Recovery, MissingTooMuchGivesANewSocket) {
  SocketOptions options;
  options.recovery.maxPackets = 3;
  World world(options);
  const Lost lost(world);
  for (int i = 0; i < 2; ++i) world.emitTo(lost.greeting.sid, Emit("more", Json(i)));
  EXPECT_NE(world.greet(world.connect(), comeBack(lost.greeting, lost.offset)).sid, lost.greeting.sid);
}

TEST(Recovery, EndsAfterAWhile) {
  SocketOptions options;
  options.recovery.maxDisconnection = Millis{20};
  World world(options);
  const Lost lost(world);
  world.settleUntil([&] { return world.registry.all().empty(); });
  EXPECT_EQ(world.services.disconnected, 0u);
  EXPECT_NE(world.greet(world.connect(), comeBack(lost.greeting, lost.offset)).sid, lost.greeting.sid);
}

TEST(Recovery, IsNotForThoseWhoMeantToLeave) {
  World world;
  const auto left = world.connect();
  world.greet(left);
  left.say("1");
  const auto broken = world.connect();
  world.greet(broken);
  broken.say("nonsense");
  const auto goingDown = world.connect();
  world.greet(goingDown);
  goingDown.breakOff("server shutting down");
  world.settle();
  EXPECT_TRUE(world.registry.all().empty());
}

TEST(Recovery, BoundsHowManyWait) {
  SocketOptions options;
  options.recovery.maxDisconnected = 1;
  World world(options);
  const Lost first(world);
  const Lost second(world);
  EXPECT_NE(world.registry.find(first.greeting.sid), nullptr);
  EXPECT_EQ(world.registry.find(second.greeting.sid), nullptr);
}

TEST(Recovery, TheNamespaceIsAskedAgainAndToldOfTheBreak) {
  World world;
  std::atomic<bool> refuse{false};
  world.table.addNamespace(
      {"/n", "tester",
       [&](const EventCall& call) {
         world.watcher.note("connect " + call.caller.socketId);
         if (refuse) throw Error(ErrorCode::Forbidden, "no more");
       },
       [&](const Caller& caller, const std::string& reason) { world.watcher.note(reason + " " + caller.socketId); }});
  const auto client = world.connect();
  const auto greeting = world.greet(client, "0/n,");
  client.breakOff();
  world.settle();
  const auto again = world.connect();
  EXPECT_EQ(world.greet(again, comeBack(greeting, "", "/n,")).sid, greeting.sid);
  again.breakOff();
  refuse = true;
  const auto third = world.connect();
  third.say(comeBack(greeting, "", "/n,"));
  world.settle();
  const auto heard = third.heard();
  ASSERT_EQ(heard.size(), 1u);
  EXPECT_EQ(heard[0].rfind(R"(4/n,{"message":"no more")", 0), 0u);
  EXPECT_TRUE(world.registry.all().empty());
  const auto& id = greeting.sid;
  EXPECT_EQ(world.watcher.notes(), (Texts{"connect " + id, "transport close " + id, "connect " + id,
                                          "transport close " + id, "connect " + id}));
}

TEST(Recovery, MissingTooMuchWhileTheNamespaceIsAskedEndsTheLine) {
  SocketOptions options;
  options.recovery.maxPackets = 3;
  World world(options);
  std::atomic<int> more{0};
  world.table.addNamespace({"/n",
                            "tester",
                            [&](const EventCall& call) {
                              for (int i = 0; i < more; ++i) world.emitTo(call.caller.socketId, Emit("more", Json(i)));
                            },
                            {}});
  const auto client = world.connect();
  const auto greeting = world.greet(client, "0/n,");
  client.breakOff();
  world.settle();
  more = 4;
  const auto again = world.connect();
  again.say(comeBack(greeting, "", "/n,"));
  world.settle();
  EXPECT_TRUE(again.heard().empty());
  EXPECT_EQ(again.session().closedWith(), "transport close");
  EXPECT_TRUE(world.registry.all().empty());
}

TEST(Recovery, SurvivesALineThatBreaksWhileItIsServed) {
  World world;
  const Lost lost(world);
  const auto again = world.connect();
  again.session().breakAtSend(3);
  again.say(comeBack(lost.greeting, lost.offset));
  world.settle();
  const auto heard = again.heard();
  ASSERT_EQ(heard.size(), 2u);
  EXPECT_EQ(world.services.disconnected, 1u);
  const auto third = world.greet(world.connect(1), comeBack(lost.greeting, offsetOf(heard[1])));
  EXPECT_EQ(third.sid, lost.greeting.sid);
  EXPECT_EQ(withoutOffsets(third.rest), Texts{"2[\"c\",1]"});
}

TEST(Recovery, SurvivesALineThatBreaksForGoodWhileItIsServed) {
  SocketOptions options;
  options.recovery.maxDisconnected = 1;
  World world(options);
  const Lost lost(world);
  const auto again = world.connect();
  again.session().breakAtSend(2);
  world.services.disconnected = 5;  // as if others were waiting: this one ends at once
  again.say(comeBack(lost.greeting, lost.offset));
  world.settle();
  EXPECT_TRUE(world.registry.all().empty());
  EXPECT_EQ(world.services.disconnected, 4u);
}

TEST(Recovery, APidIsGoodInItsNamespaceAlone) {
  World world;
  world.table.addNamespace({"/n", "tester", {}, {}});
  const Lost lost(world);
  EXPECT_NE(world.greet(world.connect(), comeBack(lost.greeting, lost.offset, "/n,")).sid, lost.greeting.sid);
  EXPECT_EQ(world.greet(world.connect(), comeBack(lost.greeting, lost.offset)).sid, lost.greeting.sid);
}

}  // namespace parley::realtime
