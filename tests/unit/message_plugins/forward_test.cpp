// SPDX-License-Identifier: Apache-2.0
#include "stage.h"

#include <thread>

namespace parley::chat::test {

using ::testing::SizeIs;

namespace {

class Forward : public Stage {
 protected:
  Forward() : Stage("forward") {}
  Json forward(const std::string& userId, const Message& message, JsonArray targets) {
    return ask("message:forward", userId, {{"messageId", message.id}, {"targets", std::move(targets)}});
  }
  static Json to(const Session& session) { return {{"sessionId", session.id}}; }
  Session session = world.session("a", "b");
};

}  // namespace

TEST_F(Forward, SendsACopyToEachTargetThatTakesIt) {
  auto next = draft(session.id, "a", "look");
  next.messageType = "file";
  next.fileUrl = "/f";
  next.fileName = "f.txt";
  next.fileSize = 3;
  const auto source = world.chat->messages().send(next);
  const auto mine = world.session("b", "c");
  const auto others = world.session("c", "d");
  const auto results = forward("b", source, {to(mine), to(others), {{"sessionId", "nothing"}}}).as_array();
  ASSERT_THAT(results, SizeIs(3));
  const auto& copy = results[0].at("message").as_object();
  EXPECT_EQ(results[0].at("success"), true);
  EXPECT_EQ(results[0].at("sessionId"), Json(mine.id));
  EXPECT_EQ(copy.at("sender"), "b");
  EXPECT_EQ(copy.at("content"), "look");
  EXPECT_EQ(copy.at("messageType"), "file");
  EXPECT_EQ(copy.at("fileUrl"), "/f");
  EXPECT_EQ(copy.at("fileSize"), 3);
  EXPECT_EQ(copy.at("forwardedFrom"),
            Json(JsonObject{{"messageId", source.id}, {"senderId", "a"}, {"sessionId", session.id}}));
  EXPECT_EQ(results[1].at("success"), false);
  EXPECT_EQ(results[1].at("code"), "FORBIDDEN");
  EXPECT_EQ(results[2].at("code"), "NOT_FOUND");
  world.settle();
  EXPECT_EQ(heard("message:receive", "c"), 1U);
  EXPECT_THAT(world.sockets.sent("message:sent", "socket:s-b"), SizeIs(1));
}

TEST_F(Forward, RefusesWhatTheUserMayNotSeeOrThatIsGone) {
  const auto source = send(session.id, "a");
  const auto target = world.session("b", "c");
  EXPECT_EQ(refusalOf([&] { forward("c", source, {to(target)}); }).first, ErrorCode::Forbidden);
  EXPECT_EQ(refusalOf([&] { forward("b", source, {}); }).first, ErrorCode::ValidationFailed);
  EXPECT_EQ(refusalOf([&] { forward("b", source, {"x"}); }).first, ErrorCode::ValidationFailed);
  EXPECT_EQ(refusalOf([&] { forward("b", source, JsonArray(21, to(target))); }).first, ErrorCode::ValidationFailed);
  world.chat->messages().change(source.id, {.kind = "recalled", .content = "", .extra = {{"recalled", true}}});
  EXPECT_EQ(refusalOf([&] { forward("b", source, {to(target)}); }).first, ErrorCode::Conflict);
  world.chat->messages().remove(source.id, "a");
  EXPECT_EQ(refusalOf([&] { forward("b", source, {to(target)}); }).first, ErrorCode::NotFound);
}

TEST_F(Forward, WhoJoinedLaterCannotForwardWhatWasBefore) {
  const auto id = group({"a", "b"});
  const auto before = send(id, "a");
  world.chat->sessions().addMembers(id, {"late"}, false, "a", 0);
  const auto after = send(id, "a");
  const auto target = world.session("late", "c");
  EXPECT_EQ(refusalOf([&] { forward("late", before, {to(target)}); }).first, ErrorCode::NotFound);
  EXPECT_EQ(forward("late", after, {to(target)}).at(0).at("success"), true);
}

/// Whoever wins, no copy is of something blank.
TEST_F(Forward, AgainstARecall) {
  const auto target = world.session("b", "c");
  for (int round = 0; round < 20; ++round) {
    const auto source = send(session.id, "a", "whole");
    const std::jthread recall([&] {
      world.chat->messages().change(source.id, {.kind = "recalled", .content = "", .extra = {{"recalled", true}}});
    });
    try {
      const auto result = forward("b", source, {to(target)}).at(0);
      if (result.at("success") == true) {
        EXPECT_EQ(result.at("message").at("content"), "whole");
      } else {
        EXPECT_EQ(result.at("code"), "CONFLICT");  // recalled between the look at it and its copy
      }
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::Conflict);
    }
  }
}

}  // namespace parley::chat::test
