// SPDX-License-Identifier: Apache-2.0
#include "world.h"

#include <gmock/gmock.h>

namespace parley::chat::test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

namespace {

std::vector<std::int64_t> seqsOf(const std::vector<Message>& messages) {
  std::vector<std::int64_t> seqs;
  for (const auto& message : messages) seqs.push_back(message.seq);
  return seqs;
}

std::string contentsOf(const std::vector<RecordingSockets::Sent>& receives) {
  std::string text;
  for (const auto& sent : receives) text += std::string(sent.data.at("message").at("content").as_string()) + " ";
  return text;
}

}  // namespace

TEST(Messages, AreStoredAnsweredAndBroughtToTheOthers) {
  World world;
  world.sockets.bindUser("a1", "a", "user");
  world.sockets.bindUser("a2", "a", "user");
  const auto session = world.session("a", "b");
  auto first = draft(session.id, "a", "hello");
  first.fromSocket = "a1";
  first.receiverId = "somebody-else";
  EXPECT_THROW(world.chat->messages().send(first), Error);
  first.receiverId = "b";
  first.fileUrl = "/f";
  first.fileSize = 3;
  first.extra = {{"forwardedFrom", "x"}};
  const auto sent = world.chat->messages().send(first);
  EXPECT_EQ(sent.seq, 1);
  EXPECT_EQ(sent.receiverId, "b");
  EXPECT_EQ(sent.status, "sent");
  EXPECT_EQ(sent.createdAt, world.clock.now());
  EXPECT_FALSE(sent.duplicate);
  world.settle();

  const auto stored = world.store->findOne("messages", where("_id") == Json(sent.id)).value();
  EXPECT_EQ(stored.at("sender"), "a");
  EXPECT_EQ(stored.at("pairSeq"), 1);
  EXPECT_EQ(stored.at("receiverSeq"), 0);
  EXPECT_EQ(stored.at("extra").at("forwardedFrom"), "x");
  EXPECT_EQ(world.chat->messages().find(sent.id)->toJson(), sent.toJson());
  const auto receives = world.sockets.sent("message:receive");
  ASSERT_EQ(receives.size(), 2U);
  EXPECT_EQ(receives[0].data.at("message"), Json(sent.toJson()));
  EXPECT_EQ(receives[0].exceptSocket, "a1");
  EXPECT_EQ(world.chat->sessions().find(session.id)->lastMessageId, sent.id);
}

TEST(Messages, TheSenderIsAnsweredBeforeAnybodyHears) {
  World world;
  const auto session = world.session("a", "b");
  std::vector<std::string> order;
  world.hooks.add(false, hooks::MessageStored::name, "test", {}, [&](void*) { order.push_back("hook"); });
  std::size_t heardBefore = 99;
  world.chat->messages().send(draft(session.id, "a", "x"), [&](const Result<Message>& result) {
    EXPECT_TRUE(result.ok());
    heardBefore = world.sockets.sent("message:receive").size();
    order.push_back("done");
  });
  world.settle();
  EXPECT_EQ(heardBefore, 0U);
  EXPECT_THAT(order, ElementsAre("done", "hook"));
  EXPECT_EQ(world.sockets.sent("message:receive", "user:b").size(), 1U);
}

TEST(Messages, DeliveryIsToldAndRemembered) {
  World world;
  const auto session = world.session("a", "b");
  const auto first = world.chat->messages().send(draft(session.id, "a", "1"));
  world.settle();
  EXPECT_THAT(world.sockets.sent("message:status"), IsEmpty());
  EXPECT_EQ(world.chat->messages().find(first.id)->status, "sent");

  world.sockets.bindUser("b1", "b", "user");
  world.sockets.bindUser("a1", "a", "user");
  const auto second = world.chat->messages().send(draft(session.id, "a", "2"));
  world.settle();
  const auto statuses = world.sockets.sent("message:status");
  ASSERT_EQ(statuses.size(), 1U);
  EXPECT_EQ(statuses[0].target, "user:a");
  EXPECT_EQ(
      statuses[0].data,
      Json(JsonObject{{"messageId", second.id}, {"sessionId", session.id}, {"userId", "b"}, {"status", "delivered"}}));
  EXPECT_EQ(world.chat->messages().find(second.id)->status, "delivered");
  const auto answer = world.chat->messages().send(draft(session.id, "b", "3"));
  world.sockets.disconnect("b1", false);
  const auto unheard = world.chat->messages().send(draft(session.id, "a", "4"));
  world.settle();
  EXPECT_EQ(world.chat->messages().find(answer.id)->status, "delivered");
  EXPECT_EQ(world.chat->messages().find(unheard.id)->status, "sent");
}

TEST(Messages, OfManyDeliveriesTheNewestIsTheMark) {
  World world;
  world.sockets.bindUser("b1", "b", "user");
  const auto session = world.session("a", "b");
  for (int i = 0; i < 50; ++i) world.chat->messages().send(draft(session.id, "a", "x"), [](const auto&) {});
  world.settle();
  EXPECT_EQ(world.store->count("readstates", Filter()), 1);
  EXPECT_EQ(world.store->findOne("readstates", Filter())->at("deliveredUpTo"), 50);
}

TEST(Messages, ADeliveryShowsBeforeItsMarkIsStored) {
  ChatOptions options;
  options.markDelay = Millis{3'600'000};
  World world(options);
  world.sockets.bindUser("b1", "b", "user");
  const auto session = world.session("a", "b");
  const auto sent = world.chat->messages().send(draft(session.id, "a", "x"));
  ASSERT_TRUE(world.pool->drain(Millis{60'000}));
  EXPECT_EQ(world.store->count("readstates", Filter()), 0);
  EXPECT_EQ(world.chat->messages().find(sent.id)->status, "delivered");
  world.restart();
  EXPECT_EQ(world.chat->messages().find(sent.id)->status, "delivered");
}

TEST(Messages, ADeliveryThatIsToldLateTakesNothingBack) {
  ChatOptions options;
  options.markDelay = Millis{3'600'000};
  World world(options);
  const auto session = world.session("a", "b");
  const auto first = world.chat->messages().send(draft(session.id, "a", "1"));
  const auto second = world.chat->messages().send(draft(session.id, "a", "2"));
  world.chat->messages().delivered({second});
  world.chat->messages().delivered({first});
  EXPECT_EQ(world.chat->messages().find(second.id)->status, "delivered");
}

TEST(Messages, DeliveriesAreToldUpToSoManyMembers) {
  World world({.deliveredMembers = 2});
  world.sockets.bindUser("b1", "b", "user");
  const auto message = world.chat->messages().send(draft(world.session("a", "b").id, "a", "1"));
  world.settle();
  EXPECT_EQ(world.chat->messages().find(message.id)->status, "delivered");
}

TEST(Messages, AClientMessageIdIsStoredOnce) {
  World world;
  world.sockets.bindUser("b1", "b", "user");
  const auto session = world.session("a", "b");
  int observed = 0;
  world.hooks.add(false, hooks::MessageStored::name, "test", {}, [&](void*) { ++observed; });
  auto mine = draft(session.id, "a", "once");
  mine.clientMessageId = "try-1";
  const auto first = world.chat->messages().send(mine);
  mine.content = "once more";
  const auto again = world.chat->messages().send(mine);
  EXPECT_EQ(again.id, first.id);
  EXPECT_EQ(again.content, "once");
  EXPECT_TRUE(again.duplicate);
  world.restart();
  EXPECT_TRUE(world.chat->messages().send(mine).duplicate);
  EXPECT_EQ(world.chat->messages().send(draft(session.id, "a", "next")).seq, 2);
  auto theirs = draft(session.id, "b", "mine");
  theirs.clientMessageId = "try-1";
  const auto other = world.chat->messages().send(theirs);
  EXPECT_FALSE(other.duplicate);
  EXPECT_EQ(other.seq, 3);
  world.settle();
  EXPECT_EQ(observed, 3);
  EXPECT_EQ(contentsOf(world.sockets.sent("message:receive", "user:b")), "once next mine ");
}

TEST(Messages, AreRefusedByTheRules) {
  World world;
  const auto session = world.session("a", "b");
  const auto refused = [&](auto change) {
    auto wrong = draft(session.id, "a", "text");
    change(wrong);
    return refusalOf([&] { world.chat->messages().send(wrong); });
  };
  using Draft = MessageDraft;
  const auto names = [](const char* field) { return ::testing::Pair(ErrorCode::ValidationFailed, HasSubstr(field)); };
  EXPECT_THAT(refused([](Draft& d) { d.content = std::string(16385, 'x'); }), names("content"));
  EXPECT_THAT(refused([](Draft& d) { d.content = ""; }), names("content"));
  EXPECT_THAT(refused([](Draft& d) { d.messageType = "pigeon"; }), names("messageType"));
  EXPECT_THAT(refused([](Draft& d) { d.fileSize = -1; }), names("fileSize"));
  EXPECT_THAT(refused([](Draft& d) { d.fileName = std::string(256, 'x'); }), names("fileName"));
  EXPECT_THAT(refused([](Draft& d) { d.receiverId = "a b"; }), names("receiverId"));
  EXPECT_THAT(refused([](Draft& d) { d.sessionId = ""; }), names("sessionId"));
  EXPECT_THAT(refused([](Draft& d) { d.replyTo = "0123456789abcdef01234567"; }), names("replyTo"));
  EXPECT_THAT(refused([](Draft& d) { d.clientMessageId = std::string(129, 'x'); }), names("clientMessageId"));
  EXPECT_EQ(refused([](Draft& d) { d.senderId = "c"; }).first, ErrorCode::Forbidden);
  EXPECT_EQ(refused([](Draft& d) { d.sessionId = "0123456789abcdef01234567"; }).first, ErrorCode::NotFound);
  EXPECT_EQ(world.store->count("messages", Filter()), 0);

  auto full = draft(session.id, "a", std::string(16384, 'x'));
  EXPECT_EQ(world.chat->messages().send(full).seq, 1);
  auto image = draft(session.id, "a", "");
  image.messageType = "image";
  EXPECT_EQ(world.chat->messages().send(image).seq, 2);
}

TEST(Messages, AUrlLeadsToAWebServerOrToThisOne) {
  World world;
  const auto session = world.session("a", "b");
  const auto refusal = [&](const std::string& url) {
    auto message = draft(session.id, "a", "look");
    message.fileUrl = url;
    return refusalOf([&] { world.chat->messages().send(message); });
  };
  const auto refused = ::testing::Pair(ErrorCode::ValidationFailed, HasSubstr("fileUrl"));
  for (const auto* url : {"javascript:alert(1)", "JavaScript:alert(1)", "java\tscript:alert(1)", " javascript:alert(1)",
                          "data:text/html,x", "file:///etc/passwd", "vbscript:x", "ftp://example.org/x", "http:/x",
                          "http://", "httpss://example.org", "//example.org/x", "/\\example.org/x", "/\t/example.org",
                          "\\\\example.org", "http:\\\\example.org", "files/1", "https://example.org/\n", "x"})
    EXPECT_THAT(refusal(url), refused) << url;
  const auto sent = world.chat->messages().send(draft(session.id, "a", "look"));
  EXPECT_THAT(refusalOf([&] { world.chat->messages().change(sent.id, {.kind = "edited", .fileUrl = "javascript:x"}); }),
              refused);
  for (const auto* url : {"", "/", "/api/chat/files/65a0b1c2d3e4f5a6b7c8d9e0", "/files/a b.png", "/图片.png",
                          "http://example.org", "HTTPS://example.org/a?b=c#d"}) {
    auto message = draft(session.id, "a", "look");
    message.fileUrl = url;
    EXPECT_EQ(world.chat->messages().send(message).fileUrl, url);
  }
}

TEST(Messages, AReplyIsToAMessageOfTheSameSession) {
  World world;
  const auto session = world.session("a", "b");
  const auto other = world.session("a", "c");
  const auto question = world.chat->messages().send(draft(session.id, "a", "?"));
  auto answer = draft(session.id, "b", "!");
  answer.replyTo = question.id;
  EXPECT_EQ(world.chat->messages().send(answer).replyTo, question.id);
  answer = draft(other.id, "a", "!");
  answer.replyTo = question.id;
  EXPECT_EQ(refusalOf([&] { world.chat->messages().send(answer); }).first, ErrorCode::ValidationFailed);
}

TEST(Messages, PluginsMayAddTypes) {
  World world;
  const auto session = world.session("a", "b");
  auto poll = draft(session.id, "a", "?");
  poll.messageType = "poll";
  world.chat->messageTypes().allow("poll");
  EXPECT_EQ(world.chat->messages().send(poll).messageType, "poll");
  world.chat->messageTypes().remove("poll");
  EXPECT_EQ(refusalOf([&] { world.chat->messages().send(poll); }).first, ErrorCode::ValidationFailed);
}

TEST(Messages, HooksMayChangeOrRefuse) {
  World world;
  const auto session = world.session("a", "b");
  const auto other = world.session("b", "c");
  world.hooks.add(true, hooks::MessageSend::name, "test", {}, [&](void* subject) {
    auto& one = *static_cast<MessageDraft*>(subject);
    if (one.content == "bad") throw Error(ErrorCode::Forbidden, "no such words");
    if (one.content == "long") one.content = std::string(20'000, 'x');
    if (one.content == "elsewhere") one.sessionId = other.id;
    one.content += "!";
  });
  auto& messages = world.chat->messages();
  EXPECT_EQ(messages.send(draft(session.id, "a", "hello")).content, "hello!");
  EXPECT_EQ(refusalOf([&] { messages.send(draft(session.id, "a", "bad")); }).second, "no such words");
  EXPECT_EQ(refusalOf([&] { messages.send(draft(session.id, "a", "long")); }).first, ErrorCode::ValidationFailed);
  EXPECT_EQ(refusalOf([&] { messages.send(draft(session.id, "a", "elsewhere")); }).first, ErrorCode::Forbidden);
}

TEST(Messages, HistoryByPageAndCursor) {
  World world;
  const auto session = world.session("a", "b");
  for (int i = 1; i <= 12; ++i) world.chat->messages().send(draft(session.id, i % 3 == 0 ? "b" : "a", "x"));
  using Query = Messages::HistoryQuery;
  const auto seqs = [&](Query query) {
    query.sessionId = session.id;
    const auto history = world.chat->messages().history(query);
    EXPECT_EQ(history.pagination.total, 12);
    return seqsOf(history.messages);
  };
  EXPECT_EQ(seqs({}).size(), 12U);
  EXPECT_THAT(seqs({.limit = 5}), ElementsAre(8, 9, 10, 11, 12));
  EXPECT_THAT(seqs({.page = 2, .limit = 5}), ElementsAre(3, 4, 5, 6, 7));
  EXPECT_THAT(seqs({.page = 3, .limit = 5}), ElementsAre(1, 2));
  EXPECT_THAT(seqs({.page = 4, .limit = 5}), IsEmpty());
  EXPECT_THAT(seqs({.page = 1'000'000'000, .limit = 100}), IsEmpty());
  EXPECT_THAT(seqs({.limit = 3, .beforeSeq = 6}), ElementsAre(3, 4, 5));
  EXPECT_THAT(seqs({.beforeSeq = 1}), IsEmpty());
  EXPECT_THAT(seqs({.limit = 2, .afterSeq = 4}), ElementsAre(5, 6));
  EXPECT_THAT(seqs({.afterSeq = 12}), IsEmpty());
  EXPECT_THAT(seqs({.limit = 2, .beforeSeq = 9, .afterSeq = 4}), ElementsAre(7, 8));
}

TEST(Messages, SeqGoesOnAfterARestart) {
  World world;
  const auto session = world.session("a", "b");
  for (int i = 0; i < 3; ++i) world.chat->messages().send(draft(session.id, "a", "x"));
  world.restart();
  EXPECT_EQ(world.chat->messages().send(draft(session.id, "b", "x")).seq, 4);
  EXPECT_EQ(world.chat->messages().send(draft(session.id, "a", "x")).seq, 5);
  const auto stored = world.store->findOne("messages", where("seq") == 5).value();
  EXPECT_EQ(stored.at("pairSeq"), 4);
  EXPECT_EQ(stored.at("receiverSeq"), 1);
}

/// The index by sender has the others, to find how many somebody has sent.
TEST(Messages, BetweenTwoAreNotInTheIndexBySender) {
  World world;
  const auto group = world.chat->sessions().create({.type = "group", .name = "g", .ownerId = "a", .userIds = {"b"}});
  for (const auto& id : {world.session("a", "b").id, group.id}) {
    world.chat->messages().send(draft(id, "a", "x"));
    world.chat->messages().send(draft(id, "b", "y"));
  }
  EXPECT_EQ(world.store->count("messages", where("senderSeq") >= 0), 2);
  EXPECT_EQ(world.store->count("messages", where("senderSeq") >= 0 && where("sessionId") == Json(group.id)), 2);
}

TEST(Messages, WhatTheServerSaysInAnothersNameKeepsTheCountsOfBoth) {
  World world;
  const auto session = world.session("a", "b");
  const auto place = [&](const std::string& senderId) {
    world.restart();
    auto message = draft(session.id, senderId, "x");
    message.byServer = senderId.ends_with("bot");
    const auto id = world.chat->messages().send(message).id;
    const auto stored = world.store->findOne("messages", where("_id") == Json(id)).value();
    std::vector<std::int64_t> counts;
    for (const auto* name : {"pairSeq", "senderSeq", "receiverSeq", "otherSeq"})
      if (stored.contains(name)) counts.push_back(integerOf(stored, name));
    return counts;
  };
  EXPECT_THAT(place("a"), ElementsAre(1, 0));
  EXPECT_THAT(place("a"), ElementsAre(2, 0));
  EXPECT_THAT(place("bot"), ElementsAre(1, 0, 2));
  EXPECT_THAT(place("bot"), ElementsAre(2, 0, 2));
  EXPECT_THAT(place("b"), ElementsAre(1, 2));
  EXPECT_THAT(place("a"), ElementsAre(3, 1));
  EXPECT_THAT(place("bot"), ElementsAre(3, 1, 3));
  EXPECT_THAT(place("b"), ElementsAre(2, 3));
  EXPECT_THAT(place("otherbot"), ElementsAre(1, 2, 3));
  EXPECT_EQ(world.chat->reads().totals("a").sent, 3);
  EXPECT_EQ(world.chat->reads().totals("b").sent, 2);
}

TEST(Messages, ASessionOfBeforeGoesOnWithItsCounts) {
  World world;
  const auto session = world.session("a", "b");
  for (const auto* sender : {"a", "b", "a", "a"}) {
    const auto id = world.chat->messages().send(draft(session.id, sender, "x")).id;
    const auto counts = world.store->findOne("messages", where("_id") == Json(id)).value();
    const auto before = Update().set("senderSeq", counts.at("pairSeq")).unset("pairSeq").unset("receiverSeq");
    world.store->update("messages", where("_id") == Json(id), before);
  }
  world.restart();
  EXPECT_TRUE(world.chat->reads().markUpTo(session.id, "b", 3).any());
  EXPECT_EQ(world.chat->reads().unread("b").total, 1);
  world.chat->messages().send(draft(session.id, "b", "x"));
  const auto stored = world.store->findOne("messages", where("seq") == 5).value();
  EXPECT_EQ(stored.at("pairSeq"), 2);
  EXPECT_EQ(stored.at("receiverSeq"), 3);
}

}  // namespace parley::chat::test
