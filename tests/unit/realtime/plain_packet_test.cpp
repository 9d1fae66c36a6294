// SPDX-License-Identifier: Apache-2.0
#include "realtime/plain_packet.h"

#include <gtest/gtest.h>

namespace parley::realtime {

TEST(PlainPacket, ReadsEventsAndAcknowledgements) {
  const char* fault = "";
  auto packet = decodePlain(R"({"event":"message:send","data":{"a":1},"id":7,"extra":0})", {}, fault);
  ASSERT_TRUE(packet) << fault;
  EXPECT_EQ(packet->type, PacketType::Event);
  EXPECT_EQ(packet->event, "message:send");
  EXPECT_EQ(packet->id, 7u);
  EXPECT_EQ(packet->payload.args, (JsonArray{JsonObject{{"a", 1}}}));

  packet = decodePlain(R"({"event":"users:online"})", {}, fault);
  ASSERT_TRUE(packet) << fault;
  EXPECT_FALSE(packet->id);
  EXPECT_TRUE(packet->payload.args.empty());

  packet = decodePlain(R"({"ack":3,"data":null})", {}, fault);
  ASSERT_TRUE(packet) << fault;
  EXPECT_EQ(packet->type, PacketType::Ack);
  EXPECT_EQ(packet->id, 3u);
  EXPECT_EQ(packet->payload.args, JsonArray{nullptr});
}

TEST(PlainPacket, RefusesWhatIsMalformed) {
  const std::pair<std::string, std::string> table[] = {
      {"", "a frame is one JSON object"},
      {"[]", "a frame is one JSON object"},
      {"{", "a frame is one JSON object"},
      {"{\"event\":\"\xff\"}", "a frame is one JSON object"},
      {"{\"event\":\"x\",\"data\":" + std::string(40, '[') + std::string(40, ']') + "}", "a frame is one JSON object"},
      {"{}", "event is a name"},
      {R"({"event":""})", "event is a name"},
      {R"({"event":5})", "event is a name"},
      {"{\"event\":\"" + std::string(200, 'e') + "\"}", "event is a name"},
      {R"({"event":"x","id":"1"})", "id and ack are whole numbers"},
      {R"({"event":"x","id":-1})", "id and ack are whole numbers"},
      {R"({"event":"x","id":1.5})", "id and ack are whole numbers"},
      {R"({"event":"x","id":9007199254740992})", "id and ack are whole numbers"},
      {R"({"ack":null})", "id and ack are whole numbers"},
      {"{\"event\":\"" + std::string(1'000'000, 'e') + "\"}", "frame too large"},
  };
  for (const auto& [text, why] : table) {
    const char* fault = "";
    EXPECT_FALSE(decodePlain(text, {}, fault)) << text.substr(0, 80);
    EXPECT_EQ(fault, why) << text.substr(0, 80);
  }
}

TEST(PlainPacket, WritesBothForms) {
  EXPECT_EQ(encodePlainEvent("x", R"({"a":1})", std::nullopt), R"({"event":"x","data":{"a":1}})");
  EXPECT_EQ(encodePlainEvent("x", "null", 4), R"({"event":"x","data":null,"id":4})");
  EXPECT_EQ(encodePlainAck(4, R"("y")"), R"({"ack":4,"data":"y"})");
}

}  // namespace parley::realtime
