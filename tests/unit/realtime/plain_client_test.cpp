// SPDX-License-Identifier: Apache-2.0
#include "world.h"

namespace parley::realtime {

using test::World;
using Texts = std::vector<std::string>;

TEST(PlainClient, SpeaksEventsAndAcknowledgements) {
  World world;
  world.on("echo", [](const EventCall& call) { return Answer(call.data()); });
  const auto client = world.connectPlain();
  client.say(R"({"event":"echo","data":{"a":1},"id":7})");
  client.say(R"({"event":"none","data":1})");
  world.settle();
  const auto heard = client.heard();
  ASSERT_EQ(heard.size(), 2u);
  EXPECT_EQ(heard[0], R"({"ack":7,"data":{"success":true,"data":{"a":1}}})");
  EXPECT_EQ(heard[1].rfind(R"({"event":"error","data":{"success":false,)", 0), 0u) << heard[1];
  EXPECT_NE(heard[1].find(R"("event":"none")"), std::string::npos);
  world.emitTo(world.registry.all().front()->id(), Emit("news", Json("x")));
  world.settle();
  EXPECT_EQ(client.heard(), Texts{R"({"event":"news","data":"x"})"});
}

TEST(PlainClient, EndsTheConnectionOfWhoBreaksTheProtocol) {
  World world;
  const auto broken = world.connectPlain();
  broken.say("{");
  const auto binary = world.connectPlain();
  binary.sayBinary("{}");
  world.settle();
  EXPECT_EQ(broken.session().fault(), "a frame is one JSON object");
  EXPECT_EQ(binary.session().fault(), "binary frames are not part of this protocol");
  EXPECT_TRUE(world.registry.all().empty());
}

TEST(PlainClient, GetsNoBytes) {
  World world;
  world.on("bytes", [](const EventCall&) { return Answer(binaryPlaceholder(0)).with({"one"}); });
  const auto client = world.connectPlain();
  client.say(R"({"event":"bytes","id":1})");
  world.settle();
  EXPECT_EQ(client.heard(),
            std::vector<std::string>{R"({"ack":1,"data":{"success":true,"data":{"_placeholder":true,"num":0}}})"});
}

TEST(PlainClient, IsLetInByTheNamespaceWithItsToken) {
  World world;
  world.table.addNamespace({"/",
                            "auth",
                            [](const EventCall& call) {
                              const auto* token = call.data().as_object().if_contains("token");
                              if (token == nullptr || *token != "good")
                                throw Error(ErrorCode::Unauthenticated, "bad token");
                            },
                            {}});
  world.on("ping", [](const EventCall&) { return Answer(); });
  http::Request good;
  good.query = "token=good";
  const auto client = world.connectPlain(good);
  client.say(R"({"event":"ping","id":1})");
  const auto refused = world.connectPlain();
  refused.say(R"({"event":"ping","id":1})");
  world.settle();
  EXPECT_EQ(client.heard(), Texts{R"({"ack":1,"data":{"success":true,"data":null}})"});
  EXPECT_FALSE(client.session().isPaused());
  const auto heard = refused.heard();
  ASSERT_EQ(heard.size(), 1u);
  EXPECT_EQ(heard[0].rfind(R"({"event":"connect_error","data":{"message":"bad token","data":{)", 0), 0u) << heard[0];
  EXPECT_FALSE(refused.session().isOpen());
}

TEST(PlainClient, DoesNotWaitForAComeback) {
  World world;
  const auto client = world.connectPlain();
  world.registry.bindUser(world.registry.all().front()->id(), "ann", "user");
  client.breakOff();
  world.settle();
  EXPECT_TRUE(world.registry.all().empty());
  EXPECT_EQ(world.watcher.notes(), (Texts{"ann came", "ann left"}));
}

}  // namespace parley::realtime
