// SPDX-License-Identifier: Apache-2.0
// A stored message reads the same from its text as from its values.
#include "chat/message_text.h"

#include "chat/documents.h"

#include <gtest/gtest.h>

namespace parley::chat::test {

namespace {

Document stored() {
  return {{"_id", "65f0c0ffee65f0c0ffee0001"},
          {"sessionId", "65f0c0ffee65f0c0ffee0002"},
          {"sender", "ann"},
          {"receiver", "bob"},
          {"content", "hello"},
          {"messageType", "image"},
          {"fileUrl", "/f"},
          {"fileName", "f.png"},
          {"fileSize", 7},
          {"status", "read"},
          {"readBy", JsonArray{}},
          {"clientMessageId", "c1"},
          {"replyTo", "65f0c0ffee65f0c0ffee0003"},
          {"seq", 4},
          {"senderSeq", 3},
          {"updatedAt", "2024-01-01T00:00:00.002Z"},
          {"createdAt", "2024-01-01T00:00:00.001Z"}};
}

void expectSame(const Document& document) {
  const auto text = boost::json::serialize(document);
  const auto expected = toMessage(document);
  const StoredMessage stored(text);
  EXPECT_EQ(stored.toMessage().toJson(), expected.toJson()) << text;
  EXPECT_EQ(stored.isDeleted(), expected.deleted) << text;
  EXPECT_EQ(stored.seq(), expected.seq) << text;
  std::string written;
  stored.appendTo(written, stored.receipt());
  EXPECT_EQ(written, expected.toText().text) << text;
}

}  // namespace

TEST(MessageText, ReadsEachMemberWhateverItIs) {
  expectSame(stored());
  expectSame({{"_id", "x"}});
  expectSame({});
  const std::string all = "quote \" backslash \\ line\nnul-free \x01 中文 😀";
  for (const auto& member : stored())
    for (const auto& value :
         {Json(nullptr), Json(""), Json("text"), Json(all), Json(std::string(20'000, 'x') + all), Json(-1), Json(2.0),
          Json(2.5), Json(std::uint64_t{1} << 63), Json(true), Json(JsonArray{}), Json(JsonArray{"x", 1}),
          Json(JsonArray{JsonArray{}}), Json(JsonObject{}), Json(JsonObject{{"seq", 9}, {"sender", "inside"}})}) {
      auto document = stored();
      document[member.key()] = value;
      expectSame(document);
    }
}

TEST(MessageText, ReadsEachOrder) {
  const auto usual = stored();
  for (std::size_t i = 0; i < usual.size(); ++i) {
    Document rotated;
    for (std::size_t k = 0; k < usual.size(); ++k) {
      const auto& member = *(usual.begin() + (i + k) % usual.size());
      rotated.emplace(member.key(), member.value());
    }
    expectSame(rotated);
    rotated.erase("senderSeq");
    expectSame(rotated);
    rotated["pairSeq"] = 3;
    rotated["receiverSeq"] = 2;
    expectSame(rotated);
    rotated["author"] = "carol";
    rotated["changedAt"] = "2024-01-01T00:00:00.003Z";
    expectSame(rotated);
  }
  const std::string twice =
      R"({"_id":"x","sessionId":"s","sender":"a","receiver":null,"content":"1","messageType":"text",)"
      R"("fileUrl":"","fileName":"","fileSize":0,"status":"sent","readBy":[],"seq":1,"senderSeq":1,)"
      R"("systemSeq":2,"updatedAt":"2024-01-01T00:00:00.002Z","createdAt":"2024-01-01T00:00:00.001Z",)"
      R"("sender":"b","_id":"y"})";
  const StoredMessage message(twice);
  std::string written;
  message.appendTo(written, message.receipt());
  EXPECT_EQ(written, message.toMessage().toText().text);
}

TEST(MessageText, ReadsWhatFewMessagesHave) {
  auto document = stored();
  document["extra"] = JsonObject{{"forwardedFrom", {{"messageId", "m"}}}, {"content", "inside"}};
  expectSame(document);
  document["readBy"] = JsonArray{JsonObject{{"user", "bob"}, {"readAt", "2024-01-01T00:00:00.000Z"}}, 1};
  expectSame(document);
  for (const auto& value : {Json(4), Json(nullptr), Json("4")}) {
    document = stored();
    document["deletedSeq"] = value;
    expectSame(document);
  }
}

}  // namespace parley::chat::test
