// SPDX-License-Identifier: Apache-2.0
#include "../auth/signer.h"
#include "realtime/token_renewal.h"
#include "world.h"

#include <gtest/gtest.h>

#include <thread>

namespace parley::realtime::test {

namespace {

using auth::test::headerOf;
using auth::test::hmacToken;

const std::string secret = "0123456789abcdef0123456789abcdef";

auth::JwtOptions options(Millis clockSkew) {
  auth::JwtOptions made;
  made.secret = secret;
  made.clockSkew = clockSkew;
  return made;
}

class WallClock final : public Clock {
 public:
  Time now() const override { return Time(start + passed.load()); }
  Instant steady() const override { return Instant{} + passed.load(); }
  static constexpr Millis start{1'700'000'000'000};
  std::atomic<Millis> passed{Millis{0}};
};

/// A World where clients come with tokens.
struct Guarded {
  explicit Guarded(Millis clockSkew = Millis{0}) : verifier(options(clockSkew), world.pool, clock, {}) {
    world.services.tokens = &tokens;
    world.on("who", [](const EventCall& call) {
      return Answer(Json(call.caller.subject + "," + call.caller.userId + "," + call.caller.role +
                         (call.caller.service ? ",service" : "")));
    });
  }
  ~Guarded() {
    for (const auto& session : world.sessions)
      session->loop().post([session] { session->end("server shutting down"); });
    world.settle();
  }

  static std::string token(const std::string& subject, const std::string& more = "", int exp = 1'700'000'060) {
    return hmacToken(headerOf("HS256"), R"({"sub":")" + subject + R"(","exp":)" + std::to_string(exp) + more + "}",
                     secret);
  }
  static std::string connect(const std::string& token, const std::string& more = "") {
    return R"(0{"token":")" + token + "\"" + more + "}";
  }
  static http::Request bearing(const std::string& token, const std::string& query = "") {
    http::Request request;
    request.headers.add("Authorization", "Bearer " + token);
    request.query = query;
    return request;
  }
  std::string who(const Client& client) {
    client.say(R"(27["who"])");
    world.settle();
    for (const auto& text : client.heard())
      if (text.starts_with("37"))
        return std::string(boost::json::parse(text.substr(2)).at_pointer("/0/data").as_string());
    return "nobody";
  }

  World world;
  WallClock clock;
  auth::Verifier verifier;
  TokenServices tokens{verifier, world.encoder, clock};
  TokenRenewal renewal{world.table, world.services};
};

}  // namespace

TEST(Tokens, AreWhatASocketIsKnownBy) {
  Guarded guarded;
  auto& world = guarded.world;
  const auto ann = world.connect();
  const auto greeting = world.greet(ann, Guarded::connect(Guarded::token("ann", R"(,"role":"nurse")")));
  EXPECT_EQ(guarded.who(ann), "ann,,nurse");
  EXPECT_THROW(world.registry.bindUser(greeting.sid, "bob", "admin"), Error);
  world.registry.bindUser(greeting.sid, "ann", "admin");
  EXPECT_EQ(guarded.who(ann), "ann,ann,nurse") << "whatever it was bound with";
  const auto crm = world.connect();
  const auto service = world.greet(crm, Guarded::connect(Guarded::token("crm", R"(,"service":true)")));
  world.registry.bindUser(service.sid, "bob", "user");
  EXPECT_EQ(guarded.who(crm), "crm,bob,user,service");
}

TEST(Tokens, AreWantedFromEverybody) {
  Guarded guarded;
  for (const auto* packet : {"0", "0{}", R"(0{"token":null})", R"(0{"token":"x"})"}) {
    const auto client = guarded.world.connect();
    client.say(packet);
    guarded.world.settle();
    const auto heard = client.heard();
    ASSERT_EQ(heard.size(), 1U);
    EXPECT_TRUE(heard.front().starts_with("4{")) << heard.front();
    EXPECT_NE(heard.front().find("UNAUTHENTICATED"), std::string::npos);
    client.say(R"(20["who"])");
    guarded.world.settle();
    EXPECT_TRUE(client.heard().empty());
    EXPECT_TRUE(guarded.world.registry.all().empty());
  }
}

TEST(Tokens, MayBeInTheHeaderOfTheHandshake) {
  Guarded guarded;
  auto& world = guarded.world;
  world.table.addNamespace({"/late", "tester", {}, {}});
  const auto ann = world.connect(0, OutMessage::Framing::EngineIo, Guarded::bearing(Guarded::token("ann")));
  world.greet(ann);
  EXPECT_EQ(guarded.who(ann), "ann,,user");
  ann.say("0/late,");
  world.settle();
  EXPECT_TRUE(ann.heard().at(0).starts_with("0/late,{"));
  guarded.clock.passed = Millis{60'000};
  ann.say("1/late,");
  ann.say("0/late,");
  world.settle();
  EXPECT_NE(ann.heard().at(0).find("the token has expired"), std::string::npos);
  const auto nobody = world.connect(0, OutMessage::Framing::EngineIo, Guarded::bearing("x"));
  nobody.say("0");
  world.settle();
  EXPECT_NE(nobody.heard().at(0).find("the token is not valid"), std::string::npos);
}

TEST(Tokens, OfTheHeaderComeBehindTheClientsOwn) {
  Guarded guarded;
  auto& world = guarded.world;
  world.table.addNamespace({"/late", "tester", {}, {}});
  const auto ann = world.connect(0, OutMessage::Framing::EngineIo, Guarded::bearing(Guarded::token("bob")));
  world.greet(ann, Guarded::connect(Guarded::token("ann")));
  EXPECT_EQ(guarded.who(ann), "ann,,user");
  ann.say("0/late,");
  world.settle();
  EXPECT_TRUE(ann.heard().at(0).starts_with("0/late,{")) << "as bob";
}

TEST(Tokens, MayBeInTheHeaderOfPlainClientsToo) {
  Guarded guarded;
  const auto who = [&](const http::Request& request) {
    const auto client = guarded.world.connectPlain(request);
    client.say(R"({"event":"who","id":1})");
    guarded.world.settle();
    return client.heard().at(0);
  };
  EXPECT_NE(who(Guarded::bearing(Guarded::token("ann"))).find("ann,,user"), std::string::npos);
  EXPECT_NE(who(Guarded::bearing(Guarded::token("ann"), "token=" + Guarded::token("bob"))).find("bob,,user"),
            std::string::npos);
  EXPECT_NE(who(Guarded::bearing("x")).find("the token is not valid"), std::string::npos);
}

TEST(Tokens, AreAskedForOnceAtATime) {
  Guarded guarded;
  const auto client = guarded.world.connect();
  const auto packet = Guarded::connect(Guarded::token("ann"));
  client.session().loop().post([&client, packet] {
    client.session().receive(packet, false);
    client.session().receive(packet, false);
  });
  guarded.world.settle();
  EXPECT_EQ(client.session().fault(), "in this namespace already");
  EXPECT_TRUE(guarded.world.registry.all().empty());
}

TEST(Tokens, EndTheSocketWithThem) {
  Guarded guarded;
  guarded.clock.passed = Millis{990};  // the timers look every few milliseconds
  auto& world = guarded.world;
  const auto ann = world.connect();
  world.greet(ann, Guarded::connect(Guarded::token("ann", "", 1'700'000'001)));
  const auto plain = world.connectPlain([] {
    http::Request request;
    request.query = "token=" + Guarded::token("bob", "", 1'700'000'001);
    return request;
  }());
  world.settle();
  EXPECT_EQ(world.registry.all().size(), 2U);
  guarded.clock.passed = Millis{1000};
  world.settleUntil([&] { return world.registry.all().empty(); });
  world.settle();
  const auto heard = ann.heard();
  ASSERT_EQ(heard.size(), 2U);
  EXPECT_NE(heard[0].find(R"("code":"UNAUTHENTICATED","event":"connect")"), std::string::npos) << heard[0];
  EXPECT_EQ(heard[1], "1");
  EXPECT_NE(plain.heard().at(0).find(R"("event":"error")"), std::string::npos);
  EXPECT_EQ(plain.session().closedWith(), "forced server close");
}

TEST(Tokens, CountForSoMuchLongerAsTheClocksMayDiffer) {
  Guarded guarded(Millis{5000});
  guarded.clock.passed = Millis{5990};  // the timers look every few milliseconds
  auto& world = guarded.world;
  const auto ann = world.connect();
  world.greet(ann, Guarded::connect(Guarded::token("ann", "", 1'700'000'001)));
  EXPECT_EQ(guarded.who(ann), "ann,,user");
  guarded.clock.passed = Millis{6000};
  world.settleUntil([&] { return world.registry.all().empty(); });
  EXPECT_EQ(guarded.who(ann), "nobody");
}

TEST(Tokens, AreRenewedByTheirSubject) {
  Guarded guarded;
  auto& world = guarded.world;
  const auto ann = world.connect();
  world.greet(ann, Guarded::connect(Guarded::token("ann", "", 1'700'000'001)));
  const auto renew = [&](const std::string& token) {
    ann.say(R"(29["auth:renew",{"token":")" + token + "\"}]");
    world.settle();
    return ann.heard().at(0);
  };
  EXPECT_NE(renew(Guarded::token("bob")).find("FORBIDDEN"), std::string::npos);
  EXPECT_NE(renew("x").find("UNAUTHENTICATED"), std::string::npos);
  EXPECT_NE(renew(Guarded::token("ann", R"(,"role":"doctor")")).find(R"("expiresAt":"2023-11-14T22:14:20.000Z")"),
            std::string::npos);
  guarded.clock.passed = Millis{30'000};
  EXPECT_EQ(guarded.who(ann), "ann,,doctor");
}

TEST(Tokens, KeepAPidFromOthers) {
  Guarded guarded;
  auto& world = guarded.world;
  const auto ann = world.connect();
  const auto first = world.greet(ann, Guarded::connect(Guarded::token("ann")));
  world.emitTo(first.sid, Emit("news", Json(1)));
  world.settle();
  const auto offset = offsetOf(ann.heard().at(0));
  const auto back = R"(,"pid":")" + first.pid + R"(","offset":")" + offset + "\"";

  const auto eve = world.connect();
  const auto other = world.greet(eve, Guarded::connect(Guarded::token("eve"), back));
  EXPECT_NE(other.sid, first.sid);
  EXPECT_EQ(guarded.who(ann), "ann,,user") << "her own line is as it was";

  const auto again = world.connect();
  EXPECT_EQ(world.greet(again, Guarded::connect(Guarded::token("ann", R"(,"role":"nurse")"), back)).sid, first.sid);
  EXPECT_EQ(guarded.who(again), "ann,,nurse");
}

TEST(Tokens, ThatEndedBringNothingBack) {
  Guarded guarded;
  guarded.clock.passed = Millis{990};  // the timers look every few milliseconds
  auto& world = guarded.world;
  const auto ann = world.connect();
  const auto first = world.greet(ann, Guarded::connect(Guarded::token("ann", "", 1'700'000'001)));
  world.emitTo(first.sid, Emit("news", Json(1)));
  world.settle();
  const auto offset = offsetOf(ann.heard().at(0));
  ann.breakOff();
  world.settle();
  EXPECT_EQ(world.registry.all().size(), 1U);
  guarded.clock.passed = Millis{1000};
  world.settleUntil([&] { return world.registry.all().empty(); });
  const auto again = world.connect();
  const auto later = world.greet(
      again, Guarded::connect(Guarded::token("ann"), R"(,"pid":")" + first.pid + R"(","offset":")" + offset + "\""));
  EXPECT_NE(later.sid, first.sid);
  EXPECT_TRUE(later.rest.empty());
}

TEST(Tokens, AreNotThereInOpenMode) {
  World world;
  const TokenRenewal renewal(world.table, world.services);
  const auto ann = world.connect();
  world.greet(ann);
  ann.say(R"(21["auth:renew",{"token":"x"}])");
  world.settle();
  EXPECT_NE(ann.heard().at(0).find("FEATURE_DISABLED"), std::string::npos);
}

}  // namespace parley::realtime::test
