// SPDX-License-Identifier: Apache-2.0
#include "delivery/delivery.h"

#include "realtime/world.h"

#include <random>

namespace parley::delivery {

using realtime::test::Client;
using realtime::test::offsetOf;

namespace {

/// A client as socket.io-client does it: remembers pid and offset, and comes back with them.
class Reader {
 public:
  Reader(realtime::test::World& world, Delivery& delivery)
      : world_(world), delivery_(delivery), client_(world.connect()) {
    client_.say("0");
  }

  /// Takes what has come. Numbers of events must go up one by one while the state is recovered.
  void read() {
    for (const auto& text : client_.heard()) {
      if (text.front() == '0') greeted(text);
      if (text.front() == '2') counted(text);
    }
  }

  void comeBack(std::size_t loop) {
    read();
    // What came after the last reading is lost with the line, as on a real one.
    auto again = world_.connect(loop);
    again.say(pid_.empty() ? "0" : "0" + boost::json::serialize(JsonObject{{"pid", pid_}, {"offset", offset_}}));
    client_ = again;
  }

  std::int64_t last() const { return last_; }
  int fresh() const { return fresh_; }

 private:
  void greeted(const std::string& text) {
    const auto data = boost::json::parse(text.substr(1)).as_object();
    const auto pid = std::string(textOf(data, "pid"));
    if (pid == pid_) return;
    pid_ = pid;
    last_ = -1;
    ++fresh_;
    delivery_.bindUser(std::string(textOf(data, "sid")), "reader", "user");
  }
  void counted(const std::string& text) {
    const auto number = boost::json::parse(text.substr(1)).as_array().at(1).as_int64();
    EXPECT_TRUE(last_ < 0 || number == last_ + 1) << number << " after " << last_;
    last_ = number;
    offset_ = offsetOf(text);
  }

  realtime::test::World& world_;
  Delivery& delivery_;
  Client client_;
  std::string pid_;
  std::string offset_;
  std::int64_t last_ = -1;
  int fresh_ = 0;
};

}  // namespace

TEST(Churn, NothingIsLostTwiceOrOutOfOrderWhileAClientMovesBetweenLoops) {
  realtime::SocketOptions options;
  options.recovery.maxPackets = 1'000'000;
  options.recovery.maxBytes = 1'000'000'000;
  realtime::test::World world(options);
  Delivery delivery(world.registry, world.encoder, world.pool);
  Reader reader(world, delivery);
  world.settle();
  reader.read();
  constexpr std::int64_t count = 20'000;
  std::thread sender([&delivery] {
    for (std::int64_t i = 0; i < count; ++i) delivery.toUsers({"reader"}, Emit("n", Json(i)));
  });
  for (std::size_t round = 0; round < 60; ++round) {
    world.settle();
    reader.comeBack(round % 2);
  }
  sender.join();
  world.settle();
  reader.read();
  EXPECT_EQ(reader.fresh(), 1);
  EXPECT_EQ(reader.last(), count - 1);
}

TEST(Churn, ManyThreadsAtOnce) {
  constexpr int mostTurns = 20'000;  // where the senders get all of the processor, what they send piles up
  realtime::test::World world;
  Delivery delivery(world.registry, world.encoder, world.pool);
  world.on("join", [&delivery](const EventCall& call) {
    const auto user = "user" + std::to_string(call.data().as_int64());
    delivery.join(call.caller.socketId, "room");
    delivery.bindUser(call.caller.socketId, user, "user");
    delivery.toUsers({user}, Emit("joined", Json(1)));
    return Answer(Json(user));
  });
  std::atomic<bool> stop{false};
  std::vector<std::string> group;  // large enough for its sockets to be remembered
  for (int i = 0; i < 40; ++i) group.push_back("user" + std::to_string(i));
  std::vector<std::thread> senders;
  for (int i = 0; i < 2; ++i)
    senders.emplace_back([&delivery, &stop, &group, i] {
      std::minstd_rand random(static_cast<unsigned>(i + 1));
      for (int turn = 0; turn < mostTurns && !stop; ++turn) {
        const auto user = "user" + std::to_string(random() % 8);
        Emit emit("n", Json(1));
        emit.onDelivered = [](const std::string&) {};
        delivery.toUsers({user}, emit);
        delivery.toRoom("room", Emit("r", Json(1)));
        if (random() % 4 == 0) delivery.toUsers(group, Emit("g", Json(1)));
        for (const auto& id : delivery.socketsOf(user))
          delivery.ask(id, Emit("q", Json(1)), Millis{20}, [](const Result<Payload>&) {});
        if (random() % 16 == 0 && delivery.isOnline(user)) delivery.toEveryone(Emit("e", Json(1)));
        std::this_thread::yield();
      }
    });
  for (int round = 0; round < 40; ++round) {
    std::vector<Client> clients;
    for (std::size_t i = 0; i < 8; ++i) {
      clients.push_back(world.connect(i % 2));
      clients.back().say("0");
    }
    world.settle();
    for (std::size_t i = 0; i < clients.size(); ++i) {
      clients[i].say("21[\"join\"," + std::to_string(i) + "]");
      clients[i].writeAll();
      if (i % 3 == 0) clients[i].say("1");
      if (i % 3 == 1) clients[i].breakOff();
    }
    world.settle();
    for (const auto& id : delivery.socketsOf("user2")) delivery.disconnect(id, true);
  }
  stop = true;
  for (auto& sender : senders) sender.join();
  delivery.disconnectAll();
  world.settle();
  EXPECT_TRUE(world.registry.all().empty());
  EXPECT_EQ(world.services.disconnected, 0u);
}

}  // namespace parley::delivery
