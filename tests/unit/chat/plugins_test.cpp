// SPDX-License-Identifier: Apache-2.0
#include "plugins_fixture.h"

#include <gmock/gmock.h>

namespace parley::chat::test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

namespace {

JsonObject text(const std::string& sender, const std::string& receiver, const std::string& content) {
  return {
      {"senderId", sender}, {"receiverId", receiver}, {"content", content}, {"messageType", "text"}, {"fileUrl", ""}};
}

}  // namespace

TEST_F(Plugins, UserJoinAnswersTheSocketWithTheUser) {
  const auto answer = join("a", "s1");
  EXPECT_EQ(answer.at("success"), true);
  EXPECT_EQ(answer.at("data").at("_id"), "a");
  EXPECT_EQ(answer.at("data").at("status"), "online");
  EXPECT_EQ(answer.at("data").at("role"), "user");
  const auto joined = world.sockets.sent("user:joined");
  ASSERT_THAT(joined, SizeIs(1));
  EXPECT_EQ(joined[0].target, "socket:s1");
  EXPECT_EQ(joined[0].data, Json(JsonObject{{"success", true}, {"user", answer.at("data")}}));

  EXPECT_EQ(refusalOf([&] {
              ask("user:join", "a", "s1", {{"id", "b"}, {"username", "x"}});
            }).first,
            ErrorCode::Forbidden);
  EXPECT_THAT(refusalOf([&] { ask("user:join", "", "s2", {{"id", "b"}}); }).second, HasSubstr("username"));
  EXPECT_THAT(refusalOf([&] { ask("user:join", "", "s2", "b"); }).second, HasSubstr("object"));
}

TEST_F(Plugins, UsersAreListedWholeOrByPage) {
  for (const auto* id : {"a", "b", "c"}) join(id, std::string("s-") + id);
  const auto all = bodyOf(http("GET /api/chat/users", {}));
  EXPECT_THAT(all.at("data").as_array(), SizeIs(3));
  EXPECT_FALSE(all.as_object().contains("pagination"));
  const auto page = bodyOf(http("GET /api/chat/users", {}, {}, {{"page", "2"}, {"limit", "2"}}));
  EXPECT_EQ(page.at("data").at(0).at("_id"), "c");
  EXPECT_EQ(page.at("pagination"), Json(JsonObject{{"page", 2}, {"limit", 2}, {"total", 3}, {"pages", 2}}));
  EXPECT_EQ(bodyOf(http("GET /api/chat/users", {}, {}, {{"keyword", "of B"}})).at("pagination").at("total"), 1);
  for (const auto* wrong : {"", "0", "-1", "x", "1.5", " 1", "99999999999999999999"})
    EXPECT_THAT(refusalOf([&] {
                  http("GET /api/chat/users", {}, {}, {{"page", wrong}});
                }),
                ::testing::Pair(ErrorCode::ValidationFailed, HasSubstr("page")))
        << wrong;
  EXPECT_THAT(refusalOf([&] { http("GET /api/chat/users", {}, {}, {{"limit", "101"}}); }).second, HasSubstr("limit"));
}

TEST_F(Plugins, APrivateSessionIsOpenedOverHttp) {
  const Json pair{{"userId1", "a"}, {"userId2", "b"}};
  const auto made = http("POST /api/chat/sessions/private", pair);
  EXPECT_EQ(made.status, 201);
  EXPECT_THAT(bodyOf(made).at("data").at("participants").as_array(), SizeIs(2));
  const auto found = http("POST /api/chat/sessions/private", pair, {}, {}, "b");
  EXPECT_EQ(found.status, 200);
  EXPECT_EQ(bodyOf(found).at("data").at("_id"), bodyOf(made).at("data").at("_id"));
  EXPECT_EQ(refusalOf([&] { http("POST /api/chat/sessions/private", pair, {}, {}, "c"); }).first, ErrorCode::Forbidden);
  EXPECT_THAT(refusalOf([&] {
                http("POST /api/chat/sessions/private", {{"userId1", "a"}});
              }).second,
              HasSubstr("userId2"));
  EXPECT_THAT(refusalOf([&] { http("POST /api/chat/sessions/private", nullptr); }).second, HasSubstr("body"));
  const auto created = world.sockets.sent("session:created");
  ASSERT_THAT(created, SizeIs(2));
  EXPECT_EQ(created[0].data.at("session"), bodyOf(made).at("data"));
}

TEST_F(Plugins, AMessageIsSentAcknowledgedAndReceived) {
  const auto answer = ask("message:send", "a", "s-a", text("a", "b", "hello"));
  const auto& message = answer.at("data");
  EXPECT_EQ(message.at("seq"), 1);
  EXPECT_EQ(message.at("receiver"), "b");
  const auto sent = world.sockets.sent("message:sent");
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0].target, "socket:s-a");
  EXPECT_EQ(sent[0].data, Json(JsonObject{{"success", true}, {"message", message}}));
  world.settle();
  ASSERT_THAT(world.sockets.sent("message:receive", "user:b"), SizeIs(1));
  EXPECT_EQ(world.sockets.sent("message:receive", "user:a").at(0).exceptSocket, "s-a");

  const auto posted = http("POST /api/chat/messages", text("b", "a", "back"));
  EXPECT_EQ(posted.status, 201);
  EXPECT_EQ(bodyOf(posted).at("data").at("seq"), 2);
  EXPECT_THAT(world.sockets.sent("message:sent"), SizeIs(1));
}

TEST_F(Plugins, AWrongMessageIsRefusedByItsField) {
  const auto names = [&](const char* field, const Json& value) {
    auto wrong = text("a", "b", "x");
    wrong[field] = value;
    EXPECT_THAT(refusalOf([&] { ask("message:send", "a", "s-a", wrong); }),
                ::testing::Pair(ErrorCode::ValidationFailed, HasSubstr(field)));
    EXPECT_THAT(refusalOf([&] { http("POST /api/chat/messages", wrong); }).second, HasSubstr(field));
  };
  names("content", 5);
  names("content", nullptr);
  names("messageType", "pigeon");
  names("receiverId", "");
  names("receiverId", "a");
  names("sessionId", JsonObject{});
  names("fileSize", -1);
  names("fileSize", 1.5);
  names("clientMessageId", 17);
  names("replyTo", "0123456789abcdef01234567");
  EXPECT_EQ(world.store->count("messages", Filter()), 0);
}

TEST_F(Plugins, WithoutPrivateChatNoPrivateMessages) {
  const auto session = world.session("a", "b");
  loaded.erase("private_chat");
  registrations.services.clear();
  EXPECT_EQ(refusalOf([&] { ask("message:send", "a", "s", text("a", "b", "x")); }).first, ErrorCode::FeatureDisabled);
  auto into = text("a", "b", "x");
  into["sessionId"] = Json(session.id);
  EXPECT_EQ(refusalOf([&] { ask("message:send", "a", "s", into); }).first, ErrorCode::FeatureDisabled);
  EXPECT_EQ(world.store->count("messages", Filter()), 0);
  load("private_chat");
  EXPECT_EQ(ask("message:send", "a", "s", into).at("data").at("seq"), 1);
}

TEST_F(Plugins, HistoryByEventAndHttpAlike) {
  for (int i = 0; i < 7; ++i) ask("message:send", "a", "s-a", text("a", "b", std::to_string(i)));
  const auto sessionId = world.session("a", "b").id;
  const auto answer = ask("chat:history", "a", "s-a", {{"sessionId", sessionId}, {"page", 2}, {"limit", 3}});
  ASSERT_THAT(answer.at("data").as_array(), SizeIs(3));
  EXPECT_EQ(answer.at("data").at(0).at("seq"), 2);
  EXPECT_EQ(answer.at("pagination"), Json(JsonObject{{"page", 2}, {"limit", 3}, {"total", 7}, {"pages", 3}}));
  const auto heard = world.sockets.sent("chat:history", "socket:s-a").at(0).data;
  EXPECT_EQ(heard, Json(JsonObject{{"success", true},
                                   {"data", answer.at("data")},
                                   {"pagination", answer.at("pagination")},
                                   {"sessionId", sessionId}}));
  const auto rest =
      http("GET /api/chat/messages/:sessionId", {}, {{"sessionId", sessionId}}, {{"page", "2"}, {"limit", "3"}});
  EXPECT_EQ(bodyOf(rest), answer);
  const auto after = http("GET /api/chat/messages/:sessionId", {}, {{"sessionId", sessionId}}, {{"afterSeq", "5"}});
  EXPECT_EQ(bodyOf(after).at("data").at(0).at("seq"), 6);

  EXPECT_EQ(refusalOf([&] {
              ask("chat:history", "a", "s", {{"sessionId", "0123456789abcdef01234567"}});
            }).first,
            ErrorCode::NotFound);
  EXPECT_THAT(refusalOf([&] { ask("chat:history", "a", "s", JsonObject{}); }).second, HasSubstr("sessionId"));
  EXPECT_THAT(refusalOf([&] {
                ask("chat:history", "a", "s", {{"sessionId", sessionId}, {"limit", 101}});
              }).second,
              HasSubstr("limit"));
  EXPECT_THAT(refusalOf([&] {
                http("GET /api/chat/messages/:sessionId", {}, {{"sessionId", sessionId}}, {{"afterSeq", "-1"}});
              }).second,
              HasSubstr("afterSeq"));
}

TEST_F(Plugins, HistoryShowsAllThatAMessageHas) {
  const auto sessionId = world.session("a", "b").id;
  auto& messages = world.chat->messages();
  const auto first = messages.send(draft(sessionId, "a", "a \"quote\", a \\, a\ttab, \x01, 中文 and 😀\n"));
  auto reply = draft(sessionId, "b", std::string(10'000, 'x'));
  reply.replyTo = first.id;
  reply.clientMessageId = "c-\"1\"";
  messages.send(reply);
  auto file = draft(sessionId, "a", "");
  file.messageType = "file";
  file.fileUrl = "/api/chat/files/1";
  file.fileName = "a \\ b.png";
  file.fileSize = 123;
  messages.send(file);
  auto forwarded = draft(sessionId, "a", "on");
  forwarded.extra = {{"forwardedFrom", {{"messageId", first.id}}}, {"content", "instead"}};
  messages.send(forwarded);
  world.chat->reads().markUpTo(sessionId, "b", 3);
  const auto before = ask("chat:history", "a", "s-a", {{"sessionId", sessionId}});
  EXPECT_EQ(before.at("data").at(1).at("status"), "sent");
  const auto answer = ask("chat:history", "a", "s-a", {{"sessionId", sessionId}});
  EXPECT_EQ(answer.at("data").at(1).at("status"), "delivered") << "by the first";
  ASSERT_THAT(answer.at("data").as_array(), SizeIs(4));
  EXPECT_THAT(answer.at("data").at(0).at("readBy").as_array(), SizeIs(1));
  EXPECT_EQ(answer.at("data").at(3).at("content"), "on") << "what plugins add takes the place of nothing";
  EXPECT_EQ(bodyOf(http("GET /api/chat/messages/:sessionId", {}, {{"sessionId", sessionId}})), answer);
}

TEST_F(Plugins, AUsersSessionsArePaged) {
  for (const auto* other : {"b", "c", "d"}) {
    ask("message:send", other, "s", text(other, "a", "hello"));
    world.clock.advance(Millis{5});
  }
  const auto list = bodyOf(http("GET /api/chat/sessions/:userId", {}, {{"userId", "a"}}, {{"limit", "2"}}));
  ASSERT_THAT(list.at("data").as_array(), SizeIs(2));
  EXPECT_EQ(list.at("data").at(0).at("lastMessage").at("sender"), "d");
  EXPECT_EQ(list.at("data").at(0).at("unreadCount"), 1);
  EXPECT_EQ(list.at("pagination"), Json(JsonObject{{"page", 1}, {"limit", 2}, {"total", 3}, {"pages", 2}}));
  EXPECT_EQ(refusalOf([&] {
              http("GET /api/chat/sessions/:userId", {}, {{"userId", "a b"}});
            }).first,
            ErrorCode::ValidationFailed);
}

TEST_F(Plugins, EveryRegistrationNamesWhoMayUseIt) {
  const auto& send = registrations.access.at("message:send");
  EXPECT_EQ(send.level(), Access::Level::Joined);
  EXPECT_EQ(send.actorField(), "senderId");
  EXPECT_EQ(send.sessionField(), "sessionId");
  EXPECT_EQ(registrations.access.at("chat:history").sessionField(), "sessionId");
  EXPECT_EQ(registrations.access.at("GET /api/chat/sessions/:userId").actorField(), "userId");
  EXPECT_EQ(registrations.access.at("user:join").level(), Access::Level::Connected);
}

}  // namespace parley::chat::test
