// SPDX-License-Identifier: Apache-2.0
#include "realtime/engine/engineio_packet.h"

#include "realtime/engine/base64.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::realtime {

namespace {

using testing::ElementsAre;
using testing::Optional;
using namespace std::string_literals;

/// The packets up to the first malformed one, which stands as nothing.
std::vector<std::optional<EnginePacket>> decodeAll(std::string_view payload) {
  std::vector<std::optional<EnginePacket>> packets;
  PayloadDecoder decoder(payload);
  while (!decoder.atEnd()) {
    packets.push_back(decoder.next());
    if (!packets.back()) break;
  }
  return packets;
}

}  // namespace

TEST(EngineIoPacket, DecodesEveryType) {
  EXPECT_THAT(decodePacket("0{}"), Optional(EnginePacket{EnginePacketType::Open, "{}", false}));
  EXPECT_THAT(decodePacket("1"), Optional(EnginePacket{EnginePacketType::Close, "", false}));
  EXPECT_THAT(decodePacket("2probe"), Optional(EnginePacket{EnginePacketType::Ping, "probe", false}));
  EXPECT_THAT(decodePacket("3"), Optional(EnginePacket{EnginePacketType::Pong, "", false}));
  EXPECT_THAT(decodePacket("4hello"), Optional(EnginePacket{EnginePacketType::Message, "hello", false}));
  EXPECT_THAT(decodePacket("5"), Optional(EnginePacket{EnginePacketType::Upgrade, "", false}));
  EXPECT_THAT(decodePacket("6"), Optional(EnginePacket{EnginePacketType::Noop, "", false}));
  EXPECT_THAT(decodePacket("bAQIDBA=="), Optional(EnginePacket{EnginePacketType::Message, "\x01\x02\x03\x04", true}));
  EXPECT_THAT(decodePacket("b"), Optional(EnginePacket{EnginePacketType::Message, "", true}));
}

TEST(EngineIoPacket, RefusesWhatIsMalformed) {
  for (const auto* text : {"", "7", "a", "-1", " 4", "bA", "bAQ=", "bA===", "b====", "bAQ-_", "bAQI=AAAA",
                           "bAR==", "bAQJ=", "b AQI", "bAQ\n="}) {
    EXPECT_FALSE(decodePacket(text)) << text;
  }
}

TEST(EngineIoPayload, SplitsAtTheRecordSeparator) {
  const EnginePacket hello{EnginePacketType::Message, "hello", false};
  const EnginePacket bytes{EnginePacketType::Message, "\x01\x02\x03\x04", true};
  EXPECT_THAT(decodeAll("4hello\x1e"
                        "2\x1e"
                        "4hello"),
              ElementsAre(Optional(hello), Optional(EnginePacket{EnginePacketType::Ping, "", false}), Optional(hello)));
  EXPECT_THAT(decodeAll("4hello\x1e"
                        "bAQIDBA=="),
              ElementsAre(Optional(hello), Optional(bytes)));
  EXPECT_THAT(decodeAll(""), ElementsAre(std::nullopt));
  EXPECT_THAT(decodeAll("4hello\x1e"), ElementsAre(Optional(hello), std::nullopt));
  EXPECT_THAT(decodeAll("\x1e"
                        "4hello"),
              ElementsAre(std::nullopt));
  EXPECT_THAT(decodeAll("4hello\x1e\x1e"
                        "4hello"),
              ElementsAre(Optional(hello), std::nullopt));
  EXPECT_THAT(decodeAll("4hello\x1e"
                        "9"),
              ElementsAre(Optional(hello), std::nullopt));
}

TEST(EngineIoPacket, EncodingIsTheInverseOfDecoding) {
  for (const auto* text :
       {"0{\"sid\":\"x\"}", "1", "2probe", "3probe", "4", "4hello", "5", "6", "b", "bAQIDBA==", "b/+8="}) {
    const auto packet = decodePacket(text);
    ASSERT_TRUE(packet) << text;
    std::string encoded;
    encodePacket(encoded, *packet);
    EXPECT_EQ(encoded, text);
  }
}

TEST(Base64, KnowsTheVectorsOfRfc4648) {
  const std::pair<std::string, std::string> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : vectors) {
    EXPECT_EQ(toBase64(plain), encoded);
    EXPECT_THAT(fromBase64(encoded), Optional(plain));
  }
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  EXPECT_THAT(fromBase64(toBase64(all)), Optional(all));
}

}  // namespace parley::realtime
