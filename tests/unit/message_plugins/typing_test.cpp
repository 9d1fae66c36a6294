// SPDX-License-Identifier: Apache-2.0
#include "stage.h"

namespace parley::chat::test {

namespace {

class Typing : public Stage {
 protected:
  Typing() : Stage("typing") {
    for (const auto* id : {"a", "b"}) world.sockets.bindUser(std::string("s-") + id, id, "user");
  }
  JsonObject in(const std::string& sessionId) { return {{"sessionId", sessionId}, {"userId", "a"}}; }
  Session session = world.session("a", "b");
};

}  // namespace

TEST_F(Typing, EndsByItselfUnlessItIsRenewed) {
  ask("typing:start", "a", in(session.id));
  EXPECT_EQ(heard("typing:start", "b"), 1U);
  EXPECT_EQ(heard("typing:start", "a"), 0U);
  world.clock.advance(Millis{4000});
  ask("typing:start", "a", in(session.id));
  world.clock.advance(Millis{4000});
  registrations.runTimers();
  EXPECT_EQ(heard("typing:stop", "b"), 0U);
  world.clock.advance(Millis{2000});
  registrations.runTimers();
  registrations.runTimers();
  EXPECT_EQ(heard("typing:stop", "b"), 1U);
  EXPECT_EQ(world.sockets.sent("typing:stop")[0].data, Json(in(session.id)));
}

TEST_F(Typing, EndsWithTheSocket) {
  ask("typing:start", "a", in(session.id));
  world.sockets.disconnect("s-a", false);
  registrations.runTimers();
  EXPECT_EQ(heard("typing:stop", "b"), 1U);
}

TEST_F(Typing, IsStoppedOnce) {
  ask("typing:stop", "a", in(session.id));
  EXPECT_EQ(heard("typing:stop", "b"), 0U);
  ask("typing:start", "a", in(session.id));
  ask("typing:stop", "a", in(session.id));
  world.clock.advance(Millis{60'000});
  registrations.runTimers();
  EXPECT_EQ(heard("typing:stop", "b"), 1U);
}

TEST_F(Typing, IsToldToTheReceiverAlone) {
  const auto id = group({"a", "b", "c"});
  auto data = in(id);
  data["receiverId"] = "c";
  ask("typing:start", "a", data);
  EXPECT_EQ(heard("typing:start", "b"), 0U);
  EXPECT_EQ(heard("typing:start", "c"), 1U);
  data["receiverId"] = "stranger";
  EXPECT_EQ(refusalOf([&] { ask("typing:start", "a", data); }).first, ErrorCode::ValidationFailed);
  ask("typing:start", "a", in(id));
  EXPECT_EQ(heard("typing:start", "b"), 1U);
}

TEST_F(Typing, HasLimits) {
  load({{"maxMembers", 2}, {"maxTyping", 1}});
  const auto large = in(group({"a", "b", "c"}));
  ask("typing:start", "a", large);
  EXPECT_EQ(heard("typing:start", "b"), 0U);
  ask("typing:start", "a", large);  // to renew takes no room
  EXPECT_EQ(refusalOf([&] { ask("typing:start", "a", in(session.id)); }).first, ErrorCode::RateLimited);
  world.clock.advance(Millis{6000});
  registrations.runTimers();
  ask("typing:start", "a", in(session.id));
  EXPECT_EQ(heard("typing:start", "b"), 1U);
}

}  // namespace parley::chat::test
