// SPDX-License-Identifier: Apache-2.0
#include "realtime/out_message.h"

#include <gtest/gtest.h>

namespace parley::realtime {

using Framing = OutMessage::Framing;
using namespace std::string_literals;

TEST(OutMessage, BuildsEngineIoFramesAndPackets) {
  const OutMessage text(Framing::EngineIo, "2[\"a\"]");
  EXPECT_EQ(text.webSocketFrames(), "\x81\x07"s + "42[\"a\"]");
  EXPECT_EQ(text.pollingPackets(), "42[\"a\"]");

  const OutMessage binary(Framing::EngineIo, "51-[{}]", {"\x01\x02\x03\x04", ""});
  EXPECT_EQ(binary.webSocketFrames(), "\x81\x08"s + "451-[{}]" + "\x82\x04\x01\x02\x03\x04"s + "\x82\x00"s);
  EXPECT_EQ(binary.pollingPackets(),
            "451-[{}]\x1e"
            "bAQIDBA==\x1e"
            "b");
}

TEST(OutMessage, KnowsItsOffset) {
  const OutMessage without(Framing::EngineIo, R"(2["a","run.1"])");
  EXPECT_EQ(without.offset(), "");
  const OutMessage with(Framing::EngineIo, R"(51-["a",{},"run.12"])", {"bytes"}, 6);
  EXPECT_EQ(with.offset(), "run.12");
}

TEST(OutMessage, BuildsPlainFrames) {
  const OutMessage text(Framing::Plain, "{}");
  EXPECT_EQ(text.webSocketFrames(), "\x81\x02{}");
}

TEST(OutMessage, ChoosesTheShortestLengthForm) {
  const auto headerOf = [](std::size_t size) {
    const OutMessage message(Framing::Plain, std::string(size, 'x'));
    return message.webSocketFrames().substr(0, message.webSocketFrames().size() - size);
  };
  EXPECT_EQ(headerOf(125), "\x81\x7d");
  EXPECT_EQ(headerOf(126), "\x81\x7e\x00\x7e"s);
  EXPECT_EQ(headerOf(65535), "\x81\x7e\xff\xff"s);
  EXPECT_EQ(headerOf(65536), "\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"s);
}

}  // namespace parley::realtime
