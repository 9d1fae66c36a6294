// SPDX-License-Identifier: Apache-2.0
#include <parley/chat.h>

#include <gtest/gtest.h>

namespace parley {
namespace {

Message fullMessage() {
  Message message;
  message.id = "0123456789abcdef01234567";
  message.sessionId = "s1";
  message.seq = 7;
  message.senderId = "alice";
  message.receiverId = "bob";
  message.content = "a \"quote\", a \\, a line\nand 你好 \x01";
  message.messageType = "file";
  message.fileUrl = "/api/chat/files/f1";
  message.fileName = "a/b.txt";
  message.fileSize = std::int64_t{1} << 53;
  message.clientMessageId = "c1";
  message.replyTo = "fedcba987654321001234567";
  message.readBy = {{"bob", Time{Millis{1'700'000'000'123}}}, {"carol", Time{Millis{1'700'000'001'000}}}};
  message.createdAt = Time{Millis{1'700'000'000'000}};
  message.updatedAt = Time{Millis{1'700'000'002'000}};
  return message;
}

void expectSame(const Message& message) {
  EXPECT_EQ(message.toText().text, boost::json::serialize(message.toJson()));
}

TEST(MessageText, IsWhatToJsonGives) {
  auto message = fullMessage();
  expectSame(message);
  message.receiverId.clear();
  message.readBy.pop_back();
  message.updatedAt = message.createdAt;
  expectSame(message);
  expectSame(Message());
}

TEST(MessageText, ShowsWhatPluginsHaveAdded) {
  auto message = fullMessage();
  message.extra = {{"recalled", true}};
  expectSame(message);
  EXPECT_EQ(message.toJson().at("recalled"), true);
}

TEST(MessageText, ShowsItsOwnMembersWhateverPluginsAdd) {
  Message message;
  message.seq = 7;
  message.extra = {{"seq", 1}, {"sender", "another"}, {"clientMessageId", "c1"}, {"replyTo", "m1"}};
  auto own = message;
  own.extra.clear();
  EXPECT_EQ(message.toText().text, own.toText().text);
}

}  // namespace
}  // namespace parley
