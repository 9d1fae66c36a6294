// SPDX-License-Identifier: Apache-2.0
#include "stage.h"

#include <thread>

namespace parley::chat::test {

namespace {

class Recall : public Stage {
 protected:
  Recall() : Stage("recall") {}
  Json recall(const std::string& userId, const Message& message, const std::string& role = "user") {
    return ask("message:recall", userId, {{"messageId", message.id}}, role);
  }
  Session session = world.session("a", "b");
};

}  // namespace

TEST_F(Recall, BlanksTheMessageAndTellsAll) {
  auto next = draft(session.id, "a", "secret");
  next.fileUrl = "/f";
  next.fileName = "f.txt";
  next.fileSize = 3;
  const auto message = world.chat->messages().send(next);
  world.clock.advance(Millis{120'000});
  const auto answer = recall("a", message);
  EXPECT_EQ(answer, Json(JsonObject{{"messageId", message.id},
                                    {"sessionId", session.id},
                                    {"userId", "a"},
                                    {"recalledAt", toIso8601(world.clock.now())}}));
  const auto shown = world.chat->messages().find(message.id)->toJson();
  EXPECT_EQ(shown.at("recalled"), true);
  EXPECT_EQ(shown.at("content"), "");
  EXPECT_EQ(shown.at("fileUrl"), "");
  EXPECT_EQ(shown.at("fileName"), "");
  EXPECT_EQ(shown.at("fileSize"), 0);
  EXPECT_EQ(recall("a", message), answer);
  world.settle();
  EXPECT_EQ(heard("message:recalled", "a"), 1U);
  EXPECT_EQ(heard("message:recalled", "b"), 1U);
  EXPECT_EQ(world.sockets.sent("message:recalled")[0].data, answer);
}

TEST_F(Recall, IsForTheSenderAndForAWhile) {
  const auto message = send(session.id, "a");
  EXPECT_EQ(refusalOf([&] { recall("b", message); }).first, ErrorCode::Forbidden);
  EXPECT_EQ(refusalOf([&] { recall("c", message, "admin"); }).first, ErrorCode::Forbidden);
  world.clock.advance(Millis{120'001});
  EXPECT_EQ(refusalOf([&] { recall("a", message); }).first, ErrorCode::Forbidden);
  EXPECT_EQ(refusalOf([&] { recall("a", {}); }).first, ErrorCode::ValidationFailed);
  world.chat->messages().remove(message.id, "a");
  EXPECT_EQ(refusalOf([&] { recall("a", message); }).first, ErrorCode::NotFound);
}

TEST_F(Recall, IsNotForThoseWhoHaveLeft) {
  const auto id = group({"owner", "a"});
  const auto message = send(id, "a");
  world.chat->sessions().removeMember(id, "a", "owner");
  EXPECT_EQ(refusalOf([&] { recall("a", message); }).first, ErrorCode::Forbidden);
}

TEST_F(Recall, ModeratorsMayWhereTheyAreAllowedTo) {
  load({{"moderators", true}});
  const auto id = group({"owner", "a", "b"});
  const auto first = send(id, "a");
  const auto second = send(id, "a");
  world.clock.advance(Millis{1'000'000});
  EXPECT_EQ(refusalOf([&] { recall("b", first); }).first, ErrorCode::Forbidden);
  recall("owner", first);
  recall("stranger", second, "admin");
  EXPECT_TRUE(world.chat->messages().find(second.id)->extra.contains("recalled"));
}

TEST_F(Recall, IsNotForWhatTheServerSaidInTheirName) {
  auto next = draft(group({"owner", "a"}), "a", "a came in");
  next.byServer = true;
  next.extra = {{"system", {{"action", "joined"}}}};
  const auto message = world.chat->messages().send(next);
  EXPECT_EQ(refusalOf([&] { recall("a", message); }).first, ErrorCode::Forbidden);
}

TEST_F(Recall, ManyAtOnceAreToldOnce) {
  const auto message = send(session.id, "a");
  std::vector<std::thread> threads;
  std::vector<Json> answers(8);
  for (auto& answer : answers) threads.emplace_back([&] { answer = recall("a", message); });
  for (auto& thread : threads) thread.join();
  world.settle();
  EXPECT_EQ(heard("message:recalled", "b"), 1U);
  EXPECT_THAT(answers, testing::Each(world.sockets.sent("message:recalled")[0].data));
}

}  // namespace parley::chat::test
