// SPDX-License-Identifier: Apache-2.0
#include "realtime/packet.h"

#include <gtest/gtest.h>

namespace parley::realtime {

namespace {

using Status = PacketDecoder::Status;

const PacketLimits defaults;

Packet decode(const std::string& text) {
  PacketDecoder decoder{defaults};
  EXPECT_EQ(decoder.addText(text), Status::Complete) << text << ": " << decoder.fault();
  return decoder.take();
}

std::string args(const Packet& packet) {
  return boost::json::serialize(packet.payload.args);
}

}  // namespace

TEST(PacketDecoder, ReadsEveryType) {
  auto packet = decode("0");
  EXPECT_EQ(packet.type, PacketType::Connect);
  EXPECT_EQ(packet.nameSpace, "/");
  EXPECT_TRUE(packet.data.is_null());

  packet = decode(R"(0/admin,{"token":"abc"})");
  EXPECT_EQ(packet.nameSpace, "/admin");
  EXPECT_EQ(packet.data, boost::json::parse(R"({"token":"abc"})"));

  packet = decode("1/admin,");
  EXPECT_EQ(packet.type, PacketType::Disconnect);
  EXPECT_EQ(packet.nameSpace, "/admin");

  packet = decode(R"(2["hello",1,{"a":[]}])");
  EXPECT_EQ(packet.type, PacketType::Event);
  EXPECT_EQ(packet.event, "hello");
  EXPECT_EQ(args(packet), R"([1,{"a":[]}])");
  EXPECT_FALSE(packet.id);

  packet = decode(R"(2/admin,456["project:delete",123])");
  EXPECT_EQ(packet.nameSpace, "/admin");
  EXPECT_EQ(packet.id, 456u);

  packet = decode("3/admin,456[]");
  EXPECT_EQ(packet.type, PacketType::Ack);
  EXPECT_EQ(packet.id, 456u);
  EXPECT_EQ(args(packet), "[]");

  packet = decode(R"(4/admin,{"message":"Not authorized"})");
  EXPECT_EQ(packet.type, PacketType::ConnectError);
}

TEST(PacketDecoder, ReadsWhatClientsWriteInOtherWays) {
  EXPECT_EQ(decode("0/admin").nameSpace, "/admin");
  EXPECT_EQ(decode("0/admin?token=1,").nameSpace, "/admin");
  EXPECT_EQ(decode(R"(2/admin?a=/b,["x"])").nameSpace, "/admin");
  EXPECT_EQ(decode("2[7,1]").event, "7");
  EXPECT_EQ(decode("20[\"x\"]").id, 0u);
  EXPECT_EQ(decode("29007199254740991[\"x\"]").id, 9007199254740991u);
}

TEST(PacketDecoder, MendsLoneSurrogates) {
  EXPECT_EQ(decode(R"(2["x","a\ud83d","\ude00b","\ud83d\ude00","\\ud83d"])").payload.args,
            boost::json::parse("[\"a\xEF\xBF\xBD\",\"\xEF\xBF\xBD"
                               "b\",\"\xF0\x9F\x98\x80\",\"\\\\ud83d\"]")
                .as_array());
}

TEST(PacketDecoder, CollectsAttachmentsInOrder) {
  PacketDecoder decoder{defaults};
  const std::string text = R"(52-/admin,7["upload",{"_placeholder":true,"num":1},[{"_placeholder":true,"num":0}]])";
  ASSERT_EQ(decoder.addText(text), Status::More);
  ASSERT_EQ(decoder.addBinary("first"), Status::More);
  ASSERT_EQ(decoder.addBinary(""), Status::Complete);
  const auto packet = decoder.take();
  EXPECT_EQ(packet.type, PacketType::Event);
  EXPECT_EQ(packet.id, 7u);
  EXPECT_EQ(packet.payload.attachments, (std::vector<std::string>{"first", ""}));
  EXPECT_EQ(args(packet), R"([{"_placeholder":true,"num":1},[{"_placeholder":true,"num":0}]])");

  ASSERT_EQ(decoder.addText(R"(61-8[{"_placeholder":true,"num":0}])"), Status::More);
  ASSERT_EQ(decoder.addBinary("bytes"), Status::Complete);
  EXPECT_EQ(decoder.take().type, PacketType::Ack);
  ASSERT_EQ(decoder.addText(R"(2["next"])"), Status::Complete);
  EXPECT_TRUE(decoder.take().payload.attachments.empty());
}

TEST(PacketDecoder, RefusesWhatIsMalformed) {
  const std::pair<std::string, std::string> table[] = {
      {"", "unknown packet type"},
      {"7", "unknown packet type"},
      {"a", "unknown packet type"},
      {"-1", "unknown packet type"},
      {"5[\"x\"]", "illegal attachments"},
      {"5-[\"x\"]", "illegal attachments"},
      {"50-[\"x\"]", "illegal attachments"},
      {"511-[\"x\"]", "illegal attachments"},
      {"599999999999999999999-[\"x\"]", "illegal attachments"},
      {"51[\"x\"]", "illegal attachments"},
      {"5", "illegal attachments"},
      {"6-1", "illegal attachments"},
      {"51-[\"x\",{\"_placeholder\":true,\"num\":1}]", "place holder without attachment"},
      {"51-[\"x\",{\"_placeholder\":true,\"num\":-1}]", "place holder without attachment"},
      {"51-[\"x\",[{\"a\":{\"_placeholder\":true}}]]", "place holder without attachment"},
      {"51-[\"x\",{\"_placeholder\":true,\"num\":\"0\"}]", "place holder without attachment"},
      {"0/" + std::string(200, 'n') + ",", "illegal namespace"},
      {"0/a b,", "illegal namespace"},
      {std::string("0/a\x1e,"), "illegal namespace"},
      {"0/caf\xC3\xA9,", "illegal namespace"},
      {"29007199254740992[\"x\"]", "illegal acknowledgement id"},
      {"2999999999999999999999999[\"x\"]", "illegal acknowledgement id"},
      {"1[]", "illegal disconnect"},
      {"15", "illegal disconnect"},
      {"05", "illegal connect"},
      {"0[]", "illegal payload"},
      {"0\"text\"", "illegal payload"},
      {"05{}", "illegal payload"},
      {"4", "illegal JSON"},
      {"4[]", "illegal payload"},
      {"2", "illegal JSON"},
      {"2/admin", "illegal JSON"},
      {"212", "illegal JSON"},
      {"2{}", "illegal payload"},
      {"2[]", "event without name"},
      {"2[null]", "illegal event name"},
      {"2[1.5]", "illegal event name"},
      {"2[[\"x\"]]", "illegal event name"},
      {"2[\"" + std::string(200, 'e') + "\"]", "illegal event name"},
      {"2[\"connect\"]", "illegal event name"},
      {"2[\"connect_error\"]", "illegal event name"},
      {"2[\"disconnect\"]", "illegal event name"},
      {"2[\"disconnecting\"]", "illegal event name"},
      {"2[\"newListener\"]", "illegal event name"},
      {"2[\"removeListener\"]", "illegal event name"},
      {"2[\"x\"", "illegal JSON"},
      {"2[\"x\"]]", "illegal JSON"},
      {"2[\"x\",]", "illegal JSON"},
      {"2[\"x\",NaN]", "illegal JSON"},
      {"2[\"x\",[{\"a\":1e999}]]", "illegal JSON"},
      {"2[\"x\",\"\xff\"]", "illegal JSON"},
      {"2[\"x\",\"\xed\xa0\x80\"]", "illegal JSON"},
      {"2[\"x\"," + std::string(40, '[') + std::string(40, ']') + "]", "illegal JSON"},
      {"3[]", "acknowledgement without id"},
      {"31", "illegal JSON"},
      {"31{}", "illegal payload"},
      {"2[\"x\",\"" + std::string(1'000'000, 'x') + "\"]", "packet too large"},
  };
  for (const auto& [text, why] : table) {
    PacketDecoder decoder{defaults};
    EXPECT_EQ(decoder.addText(text), Status::Malformed) << text.substr(0, 80);
    EXPECT_EQ(decoder.fault(), why) << text.substr(0, 80);
  }
}

TEST(PacketDecoder, RefusesAttachmentsOutOfOrder) {
  PacketDecoder decoder{defaults};
  EXPECT_EQ(decoder.addBinary("x"), Status::Malformed);
  EXPECT_STREQ(decoder.fault(), "binary data without a packet");

  PacketDecoder waiting{defaults};
  ASSERT_EQ(waiting.addText(R"(51-["x",{"_placeholder":true,"num":0}])"), Status::More);
  EXPECT_EQ(waiting.addText(R"(2["y"])"), Status::Malformed);
  EXPECT_STREQ(waiting.fault(), "text in place of an attachment");
}

TEST(PacketDecoder, BoundsAllAttachmentsTogether) {
  PacketLimits limits;
  limits.maxBytes = 100;
  PacketDecoder decoder{limits};
  ASSERT_EQ(decoder.addText(R"(52-["x"])"), Status::More);
  ASSERT_EQ(decoder.addBinary(std::string(60, 'a')), Status::More);
  EXPECT_EQ(decoder.addBinary(std::string(60, 'a')), Status::Malformed);
  EXPECT_STREQ(decoder.fault(), "attachments too large");
}

TEST(PacketEncoder, WritesTheProtocolsText) {
  EXPECT_EQ(encodeConnect("/", "S", ""), R"(0{"sid":"S"})");
  EXPECT_EQ(encodeConnect("/admin", "S", "P"), R"(0/admin,{"sid":"S","pid":"P"})");
  EXPECT_EQ(encodeConnectError("/x", "Invalid namespace", JsonObject{{"code", "NOT_FOUND"}}),
            R"(4/x,{"message":"Invalid namespace","data":{"code":"NOT_FOUND"}})");
  EXPECT_EQ(encodeDisconnect("/"), "1");
  EXPECT_EQ(encodeDisconnect("/admin"), "1/admin,");
  EXPECT_EQ(encodeAck("/", 3, {{JsonObject{{"success", true}}}, {}}), R"(33[{"success":true}])");
  EXPECT_EQ(encodeAck("/admin", 3, {{binaryPlaceholder(0)}, {"bytes"}}),
            R"(61-/admin,3[{"_placeholder":true,"num":0}])");
  const auto open = openEventArray("say \"hi\"", {{1, "two\x1e", nullptr}, {}});
  EXPECT_EQ(open, R"(["say \"hi\"",1,"two\u001e",null)");
  EXPECT_EQ(openEventArray("x", {{}, {}, {R"({"a":1})"}}), R"(["x",{"a":1})");
  EXPECT_EQ(encodeAck("/", 3, {{}, {}, {R"({"a":1})"}}), R"(33[{"a":1}])");
  EXPECT_EQ(encodeEvent("/", std::nullopt, 0, R"(["x",1)", ""), R"(2["x",1])");
  EXPECT_EQ(encodeEvent("/", std::nullopt, 0, R"(["x",1)", "a.1"), R"(2["x",1,"a.1"])");
  EXPECT_EQ(encodeEvent("/admin", 9, 2, R"(["x")", ""), R"(52-/admin,9["x"])");
}

TEST(PacketEncoder, IsReadByTheDecoder) {
  const JsonArray sent{JsonObject{{"text", "\xE4\xBD\xA0\xE5\xA5\xBD \"x\"\n"}}, -5, 1.5, true, nullptr};
  const auto packet = decode(encodeEvent("/n", 1, 0, openEventArray("name", {sent, {}}), "off"));
  auto expected = sent;
  expected.emplace_back("off");
  EXPECT_EQ(packet.payload.args, expected);
  EXPECT_EQ(packet.event, "name");
  EXPECT_EQ(packet.nameSpace, "/n");
}

}  // namespace parley::realtime
