// SPDX-License-Identifier: Apache-2.0
#include "delivery/delivery.h"

#include "realtime/world.h"

#include <algorithm>

namespace parley::delivery {

using realtime::test::Client;
using realtime::test::Greeting;
using realtime::test::offsetOf;
using realtime::test::withoutOffsets;
using Texts = std::vector<std::string>;

namespace {

/// A World with the delivery on top, and clients that are in "/" and bound to users.
struct Room : realtime::test::World {
  struct Member {
    Client client;
    std::string id;
    std::string pid;
  };
  Member enter(const std::string& userId, std::size_t loop = 0, const std::string& packet = R"(0{"recovery":false})") {
    auto client = connect(loop);
    auto greeting = greet(client, packet);
    if (!userId.empty()) delivery.bindUser(greeting.sid, userId, "user");
    return {client, greeting.sid, greeting.pid};
  }

  Delivery delivery{registry, encoder, pool};
};

Emit simple(const std::string& name) {
  return Emit(name, Json(1));
}

/// Where the answers to questions are collected.
struct Answers {
  std::function<void(Result<Payload>)> sink() {
    return [this](const Result<Payload>& result) {
      const std::lock_guard lock(mutex);
      texts.push_back(result.ok() ? boost::json::serialize(result.value().args)
                                  : std::string(codeName(result.error().code())));
    };
  }
  Texts get() {
    const std::lock_guard lock(mutex);
    return texts;
  }
  std::mutex mutex;
  Texts texts;
};

}  // namespace

TEST(Delivery, ASocketIsInSoManyRooms) {
  Room room;
  room.registry.setLimits({.roomsPerSocket = 2});
  const auto ann = room.enter("ann");
  for (const auto* name : {"a", "b", "a"}) room.delivery.join(ann.id, name);
  EXPECT_THROW(room.delivery.join(ann.id, "c"), Error);
  room.delivery.leave(ann.id, "a");
  room.delivery.join(ann.id, "c");
}

TEST(Delivery, ReachesSocketsUsersRoomsAndEveryone) {
  Room room;
  const auto ann = room.enter("ann");
  const auto annToo = room.enter("ann", 1);
  const auto bob = room.enter("bob");
  const auto nobody = room.enter("");
  room.delivery.join(ann.id, "r");
  room.delivery.join(bob.id, "r");
  room.delivery.join(bob.id, "r");
  room.delivery.toSocket(bob.id, simple("socket"));
  room.delivery.toUsers({"ann", "ann", "nobody"}, simple("users"));
  room.delivery.toRoom("r", simple("room"));
  room.delivery.toEveryone(simple("all"));
  auto except = simple("except");
  except.exceptSocket = ann.id;
  room.delivery.toUsers({"ann", "bob"}, except);
  room.delivery.leave(bob.id, "r");
  room.delivery.toRoom("r", simple("room2"));
  room.delivery.toSocket("unknown", simple("x"));
  room.settle();
  EXPECT_EQ(ann.client.heard(), (Texts{"2[\"users\",1]", "2[\"room\",1]", "2[\"all\",1]", "2[\"room2\",1]"}));
  EXPECT_EQ(annToo.client.heard(), (Texts{"2[\"users\",1]", "2[\"all\",1]", "2[\"except\",1]"}));
  EXPECT_EQ(bob.client.heard(), (Texts{"2[\"socket\",1]", "2[\"room\",1]", "2[\"all\",1]", "2[\"except\",1]"}));
  EXPECT_EQ(nobody.client.heard(), Texts{"2[\"all\",1]"});
}

TEST(Delivery, KeepsNamespacesApart) {
  Room room;
  room.table.addNamespace({"/n", "tester", {}, {}});
  const auto ann = room.enter("ann");
  const auto there = room.enter("ann", 0, R"(0/n,{"recovery":false})");
  room.delivery.join(ann.id, "r");
  room.delivery.join(there.id, "r");
  room.delivery.toRoom("r", simple("here"));
  room.delivery.toUsers({"ann"}, simple("user"));
  room.delivery.toSocket(there.id, simple("nobody"));
  auto emit = simple("there");
  emit.nameSpace = "/n";
  room.delivery.toEveryone(emit);
  room.settle();
  EXPECT_EQ(ann.client.heard(), (Texts{"2[\"here\",1]", "2[\"user\",1]"}));
  EXPECT_EQ(there.client.heard(), Texts{"2/n,[\"there\",1]"});
}

TEST(Delivery, ALargeGroupIsWhoIsThereNow) {
  Room room;
  Texts group;
  for (int i = 0; i < 100; ++i) group.push_back("user" + std::to_string(i));
  const auto ann = room.enter("user0");
  const auto bob = room.enter("user50", 1);
  const auto send = [&](const std::string& name, const std::string& exceptSocket = {}) {
    auto emit = simple(name);
    emit.exceptSocket = exceptSocket;
    room.delivery.toUsers(group, emit);
    room.settle();
  };
  send("a");
  send("b", ann.id);
  const auto bobToo = room.enter("user50");
  send("c");
  ann.client.breakOff();
  room.settle();
  send("d", bob.id);
  group.erase(group.begin() + 50);
  send("e");
  EXPECT_EQ(ann.client.heard(), (Texts{"2[\"a\",1]", "2[\"c\",1]"}));
  EXPECT_EQ(bob.client.heard(), (Texts{"2[\"a\",1]", "2[\"b\",1]", "2[\"c\",1]"}));
  EXPECT_EQ(bobToo.client.heard(), (Texts{"2[\"c\",1]", "2[\"d\",1]"}));
  EXPECT_EQ(room.delivery.deliveries(), 7u);
}

TEST(Delivery, ALargeGroupIsAnotherInAnotherNamespace) {
  Room room;
  room.table.addNamespace({"/n", "tester", {}, {}});
  const auto ann = room.enter("user0");
  const auto there = room.enter("user0", 0, R"(0/n,{"recovery":false})");
  Texts group;
  for (int i = 0; i < 100; ++i) group.push_back("user" + std::to_string(i));
  room.delivery.toUsers(group, simple("here"));
  auto emit = simple("there");
  emit.nameSpace = "/n";
  room.delivery.toUsers(group, emit);
  room.settle();
  EXPECT_EQ(ann.client.heard(), Texts{"2[\"here\",1]"});
  EXPECT_EQ(there.client.heard(), Texts{"2/n,[\"there\",1]"});
}

TEST(Delivery, ManyLargeGroupsAreKeptApart) {
  constexpr std::size_t members = 2000;
  Room room;
  const auto ann = room.enter("user0");
  const auto bob = room.enter("bob");
  Texts heard;
  for (int group = 0; group < 60; ++group) {
    Texts users(members, "user" + std::to_string(group));
    const auto name = std::to_string(group);
    room.delivery.toUsers(users, simple("first" + name));
    users.back() = "bob";
    room.delivery.toUsers(users, simple("second" + name));
    heard.push_back("2[\"second" + name + "\",1]");
  }
  room.settle();
  EXPECT_EQ(ann.client.heard(), (Texts{"2[\"first0\",1]", "2[\"second0\",1]"}));
  EXPECT_EQ(bob.client.heard(), heard);
}

TEST(Delivery, EncodesOnceForAllWhoAreAlike) {
  Room room;
  std::vector<Room::Member> plain;
  std::vector<Room::Member> recovering;
  for (std::size_t i = 0; i < 3; ++i) {
    plain.push_back(room.enter("", i % 2));
    recovering.push_back(room.enter("", i % 2, "0"));
  }
  const auto ws = room.connectPlain();
  room.delivery.toEveryone(simple("x"));
  room.settle();
  auto message = [](const Client& client) { return client.session().takeMessages().at(0); };
  const auto bare = message(plain[0].client);
  const auto withOffset = message(recovering[0].client);
  EXPECT_EQ(realtime::test::textOf(*bare), "2[\"x\",1]");
  EXPECT_EQ(realtime::test::withoutOffset(realtime::test::textOf(*withOffset)), "2[\"x\",1]");
  for (std::size_t i = 1; i < 3; ++i) {
    EXPECT_EQ(message(plain[i].client), bare);
    EXPECT_EQ(message(recovering[i].client), withOffset);
  }
  EXPECT_EQ(ws.heard(), Texts{R"({"event":"x","data":1})"});
}

TEST(Delivery, VolatileEventsAndQuestionsCarryNoOffset) {
  Answers answers;
  Room room;
  const auto ann = room.enter("ann", 0, "0");
  auto typing = simple("typing");
  typing.isVolatile = true;
  room.delivery.toSocket(ann.id, typing);
  room.delivery.ask(ann.id, simple("question"), Millis{60'000}, answers.sink());
  room.settle();
  EXPECT_EQ(ann.client.heard(), (Texts{"2[\"typing\",1]", "21[\"question\",1]"}));
}

TEST(Delivery, SendsAttachments) {
  Room room;
  const auto ann = room.enter("ann");
  room.delivery.toSocket(ann.id, Emit("file", Payload{{binaryPlaceholder(0)}, {"bytes"}}));
  room.settle();
  EXPECT_EQ(ann.client.heard(), Texts{"51-[\"file\",{\"_placeholder\":true,\"num\":0}]\x1e"
                                      "bYnl0ZXM="});
}

TEST(Delivery, TellsOncePerUserWhenTheBytesWereWritten) {
  Room room;
  const auto ann = room.enter("ann");
  const auto annToo = room.enter("ann", 1);
  const auto bob = room.enter("bob");
  auto emit = simple("x");
  emit.onDelivered = [&room](const std::string& userId) { room.watcher.note("delivered to " + userId); };
  room.delivery.toUsers({"ann", "bob", "offline", "ann"}, emit);
  room.settle();
  const auto before = room.watcher.notes();
  ann.client.writeAll();
  room.settle();
  annToo.client.writeAll();
  room.settle();
  auto after = room.watcher.notes();
  after.erase(after.begin(), after.begin() + static_cast<std::ptrdiff_t>(before.size()));
  EXPECT_EQ(after, Texts{"delivered to ann"});
  bob.client.writeAll();
  room.settle();
  EXPECT_EQ(room.watcher.notes().back(), "delivered to bob");
}

TEST(Delivery, TellsWhenAClientGotItThatWasCutOffBefore) {
  Room room;
  const auto ann = room.enter("ann", 0, "0");
  auto emit = simple("x");
  emit.onDelivered = [&room](const std::string& userId) { room.watcher.note("delivered to " + userId); };
  room.delivery.toUsers({"ann"}, emit);
  room.settle();
  ann.client.breakOff();  // it was on its way
  room.settle();
  const auto again = room.connect();
  room.greet(again, "0" + boost::json::serialize(JsonObject{{"pid", ann.pid}, {"offset", ""}}));
  EXPECT_NE(room.watcher.notes().back(), "delivered to ann");
  again.writeAll();
  room.settle();
  EXPECT_EQ(room.watcher.notes().back(), "delivered to ann");
}

TEST(Delivery, TellsWhenARecoveredClientGotIt) {
  Room room;
  const auto ann = room.enter("ann", 0, "0");
  ann.client.breakOff();
  auto emit = simple("x");
  emit.onDelivered = [&room](const std::string& userId) { room.watcher.note("delivered to " + userId); };
  room.settle();
  room.delivery.toUsers({"ann"}, emit);
  room.settle();
  const auto again = room.connect(1);
  const auto greeting = room.greet(again, "0" + boost::json::serialize(JsonObject{{"pid", ann.pid}, {"offset", ""}}));
  EXPECT_EQ(greeting.sid, ann.id);
  EXPECT_EQ(withoutOffsets(greeting.rest), Texts{"2[\"x\",1]"});
  EXPECT_NE(room.watcher.notes().back(), "delivered to ann");
  again.writeAll();
  room.settle();
  EXPECT_EQ(room.watcher.notes().back(), "delivered to ann");
}

TEST(Delivery, LetsGoOfTheDeliveredFunctionAfterTheLastUser) {
  Room room;
  const auto ann = room.enter("ann", 0, "0");
  auto held = std::make_shared<int>(1);
  auto emit = simple("x");
  emit.onDelivered = [held](const std::string&) {};
  room.delivery.toUsers({"ann", "offline", "ann"}, std::move(emit));
  room.settle();
  EXPECT_EQ(held.use_count(), 2);
  ann.client.writeAll();
  room.settle();
  EXPECT_EQ(held.use_count(), 1);
}

TEST(Delivery, AsksAndGetsTheAnswer) {
  Answers answers;
  Room room;
  const auto ann = room.enter("ann");
  const auto ws = room.connectPlain();
  std::string wsId;
  for (const auto& socket : room.registry.all())
    if (socket->framing() == realtime::OutMessage::Framing::Plain) wsId = socket->id();
  room.delivery.ask(ann.id, simple("q"), Millis{60'000}, answers.sink());
  room.settle();
  EXPECT_EQ(ann.client.heard(), Texts{"21[\"q\",1]"});
  ann.client.say("31[\"yes\",2]");
  ann.client.say("31[\"again\"]");
  ann.client.say("399[\"never asked\"]");
  room.settle();
  room.delivery.ask(wsId, simple("q"), Millis{60'000}, answers.sink());
  room.settle();
  EXPECT_EQ(ws.heard(), Texts{R"({"event":"q","data":1,"id":1})"});
  ws.say(R"({"ack":1,"data":{"a":1}})");
  room.settle();
  EXPECT_EQ(answers.get(), (Texts{R"(["yes",2])", R"([{"a":1}])"}));
}

TEST(Delivery, AQuestionMayAnswerWithBytes) {
  Room room;
  const auto ann = room.enter("ann");
  std::atomic<bool> right{false};
  room.delivery.ask(ann.id, simple("q"), Millis{60'000},
                    [&right](const Result<Payload>& result) { right = result.value().attachments == Texts{"bytes"}; });
  room.settle();
  ann.client.say(R"(61-1[{"_placeholder":true,"num":0}])");
  ann.client.sayBinary("bytes");
  room.settle();
  EXPECT_TRUE(right);
}

TEST(Delivery, AQuestionWithoutAnAnswerEndsUnavailable) {
  Answers answers;
  Room room;
  const auto silent = room.enter("ann", 0, "0");
  room.delivery.ask("unknown", simple("q"), Millis{60'000}, answers.sink());
  room.delivery.ask(silent.id, simple("q"), Millis{20}, answers.sink());
  room.settleUntil([&] { return answers.get().size() == 2; });
  room.delivery.ask(silent.id, simple("q"), Millis{60'000}, answers.sink());
  silent.client.breakOff();
  room.settle();
  room.delivery.ask(silent.id, simple("q"), Millis{60'000}, answers.sink());
  room.settle();
  EXPECT_EQ(answers.get(), Texts(4, "UNAVAILABLE"));
}

TEST(Delivery, AHandlerMayWaitForAnAnswer) {
  Room room;
  room.on("event", [&room](const EventCall& call) {
    std::promise<Json> promised;
    room.delivery.ask(call.caller.socketId, simple("q"), Millis{60'000},
                      [&promised](const Result<Payload>& result) { promised.set_value(result.value().args[0]); });
    return Answer(promised.get_future().get());
  });
  const auto ann = room.enter("ann");
  ann.client.say("27[\"event\"]");
  while (true) {
    const auto heard = ann.client.heard();
    if (heard == Texts{"21[\"q\",1]"}) break;
    std::this_thread::yield();
  }
  ann.client.say("31[42]");
  room.settle();
  EXPECT_EQ(ann.client.heard(), Texts{R"(37[{"success":true,"data":42}])"});
}

TEST(Delivery, DisconnectsOneNamespaceOrTheWholeConnection) {
  Room room;
  room.table.addNamespace(
      {"/n", "tester", {}, [&room](const Caller&, const std::string& reason) { room.watcher.note(reason); }});
  const auto ann = room.enter("", 0, "0");
  const auto there = room.greet(ann.client, "0/n,");
  room.delivery.disconnect(there.sid, false);
  room.settle();
  EXPECT_EQ(ann.client.heard(), Texts{"1/n,"});
  EXPECT_TRUE(ann.client.session().isOpen());
  EXPECT_EQ(room.watcher.notes(), Texts{"server namespace disconnect"});
  room.greet(ann.client, "0/n,");
  room.delivery.disconnect(ann.id, true);
  room.settle();
  EXPECT_EQ(ann.client.heard(), (Texts{"1", "1/n,"}));
  EXPECT_EQ(ann.client.session().closedWith(), "forced server close");
  EXPECT_TRUE(room.registry.all().empty());
  const auto ws = room.connectPlain();
  room.delivery.disconnect(room.registry.all().front()->id(), false);
  room.settle();
  EXPECT_FALSE(ws.session().isOpen());
}

TEST(Delivery, BindsASocketToOneUserForLife) {
  Room room;
  const auto first = room.enter("");
  const auto second = room.enter("");
  EXPECT_FALSE(room.delivery.isOnline("ann"));
  EXPECT_TRUE(room.delivery.bindUser(first.id, "ann", "user"));
  EXPECT_TRUE(room.delivery.bindUser(first.id, "ann", "admin"));
  room.settle();  // the order of news is kept for one socket, not between two
  EXPECT_FALSE(room.delivery.bindUser(second.id, "ann", "user"));
  room.settle();
  auto codeOf = [&](const std::string& id) {
    try {
      room.delivery.bindUser(id, "bob", "user");
    } catch (const Error& error) {
      return error.code();
    }
    return ErrorCode::Internal;
  };
  EXPECT_EQ(codeOf(first.id), ErrorCode::Conflict);
  EXPECT_EQ(codeOf("unknown"), ErrorCode::NotFound);
  auto sockets = room.delivery.socketsOf("ann");
  std::sort(sockets.begin(), sockets.end());
  Texts expected{first.id, second.id};
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(sockets, expected);
  EXPECT_TRUE(room.delivery.isOnline("ann"));
  first.client.breakOff();
  room.settle();
  second.client.say("1");
  room.settle();
  EXPECT_FALSE(room.delivery.isOnline("ann"));
  EXPECT_EQ(room.watcher.notes(), (Texts{"ann came", "ann bound", "ann gone", "ann left"}));
  EXPECT_EQ(codeOf(first.id), ErrorCode::NotFound);
}

TEST(Delivery, EndsAllConnectionsAtShutdown) {
  Room room;
  const auto ann = room.enter("ann", 0, "0");
  const auto bob = room.enter("bob", 1, "0");
  const auto waiting = room.enter("cid", 0, "0");
  waiting.client.breakOff();
  const auto ws = room.connectPlain();
  room.settle();
  room.delivery.disconnectAll();
  room.settle();
  for (const auto* client : {&ann.client, &bob.client, &ws})
    EXPECT_EQ(client->session().closedWith(), "server shutting down");
  EXPECT_TRUE(room.registry.all().empty());
  EXPECT_FALSE(room.delivery.isOnline("ann"));
}

}  // namespace parley::delivery
