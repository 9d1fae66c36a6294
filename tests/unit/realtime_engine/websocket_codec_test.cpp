// SPDX-License-Identifier: Apache-2.0
#include "realtime/engine/websocket_codec.h"

#include "base/utf8.h"
#include "masked_frame.h"

#include <gtest/gtest.h>

namespace parley::realtime {

namespace {

using Event = WebSocketDecoder::Event;
using namespace std::string_literals;

/// What a decoder made of a stream, as text, one line an event.
class Trace {
 public:
  explicit Trace(WebSocketDecoder::Limits limits = {}) : limits_(limits), decoder_(limits_) {}

  void feed(std::string_view piece) {
    pending_.append(piece);
    std::string_view input = pending_;
    for (;;) {
      const auto event = ended_ ? Event::NeedMore : decoder_.next(input);
      if (event == Event::NeedMore) break;
      record(event);
    }
    pending_.assign(std::string(input));
  }
  const std::string& text() const { return text_; }

 private:
  void record(Event event) {
    switch (event) {
      case Event::Text: text_ += "text " + decoder_.takePayload(); break;
      case Event::Binary: text_ += "binary " + decoder_.takePayload(); break;
      case Event::Ping: text_ += "ping " + decoder_.takePayload(); break;
      case Event::Pong: text_ += "pong " + decoder_.takePayload(); break;
      case Event::Close: text_ += "close " + std::to_string(decoder_.closeCode()) + ' ' + decoder_.takePayload(); break;
      case Event::Fault: text_ += "fault " + std::to_string(decoder_.closeCode()); break;
      case Event::NeedMore: break;
    }
    text_ += '\n';
    ended_ = event == Event::Fault;
  }

  const WebSocketDecoder::Limits limits_;
  WebSocketDecoder decoder_;
  std::string pending_;
  std::string text_;
  bool ended_ = false;
};

struct Case {
  const char* name;
  std::string stream;
  std::string trace;
};

std::vector<Case> cases() {
  const std::string medium(300, 'm');
  const std::string large(70'000, 'l');
  auto unmasked = maskedFrame(0x81, "hi");
  unmasked[1] = 2;
  auto longForm = "\x81\xfe\x00\x05"s + "\0\0\0\0"s + "hello";
  auto longerForm = "\x81\xff"s + "\0\0\0\0\0\0\xff\xff"s + "\0\0\0\0"s;
  auto negative = "\x82\xff"s + "\x80\0\0\0\0\0\0\x01"s + "\0\0\0\0"s;
  return {
      {"Text", maskedFrame(0x81, "hello"), "text hello\n"},
      {"EmptyText", maskedFrame(0x81, ""), "text \n"},
      {"Binary", maskedFrame(0x82, "\x00\xff\x80"s), "binary \x00\xff\x80\n"s},
      {"Length16", maskedFrame(0x81, medium), "text " + medium + "\n"},
      {"Length64", maskedFrame(0x82, large), "binary " + large + "\n"},
      {"Two", maskedFrame(0x81, "a") + maskedFrame(0x82, "b"), "text a\nbinary b\n"},
      {"Fragments", maskedFrame(0x01, "one ") + maskedFrame(0x00, "two ") + maskedFrame(0x80, "three"),
       "text one two three\n"},
      {"CodePointAcrossFragments", maskedFrame(0x01, "\xe4\xbd") + maskedFrame(0x80, "\xa0"), "text \xe4\xbd\xa0\n"},
      {"PingInsideOfFragments", maskedFrame(0x01, "a") + maskedFrame(0x89, "p") + maskedFrame(0x80, "b"),
       "ping p\ntext ab\n"},
      {"Pong", maskedFrame(0x8a, "x"), "pong x\n"},
      {"LongestControl", maskedFrame(0x89, std::string(125, 'c')), "ping " + std::string(125, 'c') + "\n"},
      {"CloseEmpty", maskedFrame(0x88, ""), "close 1005 \n"},
      {"CloseWithReason", maskedFrame(0x88, "\x03\xe8"s + "bye"), "close 1000 bye\n"},
      {"CloseOfAnApplication", maskedFrame(0x88, "\x0f\xa0"s), "close 4000 \n"},
      {"Unmasked", unmasked, "fault 1002\n"},
      {"Rsv1", maskedFrame(0xc1, "x"), "fault 1002\n"},
      {"Rsv2", maskedFrame(0xa1, "x"), "fault 1002\n"},
      {"Rsv3", maskedFrame(0x91, "x"), "fault 1002\n"},
      {"Opcode3", maskedFrame(0x83, "x"), "fault 1002\n"},
      {"Opcode11", maskedFrame(0x8b, "x"), "fault 1002\n"},
      {"ControlInFragments", maskedFrame(0x09, "x"), "fault 1002\n"},
      {"ControlTooLong", maskedFrame(0x89, std::string(126, 'c')), "fault 1002\n"},
      {"ContinuationOfNothing", maskedFrame(0x80, "x"), "fault 1002\n"},
      {"NewMessageInsideOfAnother", maskedFrame(0x01, "a") + maskedFrame(0x81, "b"), "fault 1002\n"},
      {"LengthNotShortest16", longForm, "fault 1002\n"},
      {"LengthNotShortest64", longerForm, "fault 1002\n"},
      {"LengthWithTopBit", negative, "fault 1002\n"},
      {"TextNotUtf8", maskedFrame(0x81, "\xc0\xaf"), "fault 1007\n"},
      {"CloseOfOneByte", maskedFrame(0x88, "\x03"), "fault 1002\n"},
      {"CloseCode1005", maskedFrame(0x88, "\x03\xed"), "fault 1002\n"},
      {"CloseCode999", maskedFrame(0x88, "\x03\xe7"), "fault 1002\n"},
      {"CloseCode2999", maskedFrame(0x88, "\x0b\xb7"), "fault 1002\n"},
      {"CloseReasonNotUtf8", maskedFrame(0x88, "\x03\xe8\xff"s), "fault 1007\n"},
      {"FaultAfterGood", maskedFrame(0x81, "a") + maskedFrame(0x83, "x") + maskedFrame(0x81, "b"),
       "text a\nfault 1002\n"},
  };
}

}  // namespace

TEST(WebSocketDecoder, ReadsEveryKindWholeAndSplitAtEveryByte) {
  for (const auto& item : cases()) {
    SCOPED_TRACE(item.name);
    Trace whole;
    whole.feed(item.stream);
    EXPECT_EQ(whole.text(), item.trace);
    const std::size_t step = item.stream.size() > 1000 ? 997 : 1;
    for (std::size_t cut = 0; cut <= item.stream.size(); cut += step) {
      Trace split;
      split.feed(std::string_view(item.stream).substr(0, cut));
      split.feed(std::string_view(item.stream).substr(cut));
      ASSERT_EQ(split.text(), item.trace) << "cut at " << cut;
    }
    Trace bytes;
    for (const char byte : item.stream) bytes.feed({&byte, 1});
    EXPECT_EQ(bytes.text(), item.trace);
  }
}

TEST(WebSocketDecoder, LimitsTheMessage) {
  const WebSocketDecoder::Limits limits{.maxMessage = 10, .maxFragments = 3};
  const auto read = [&](const std::string& stream) {
    Trace trace(limits);
    trace.feed(stream);
    return trace.text();
  };
  EXPECT_EQ(read(maskedFrame(0x81, "0123456789")), "text 0123456789\n");
  EXPECT_EQ(read(maskedFrame(0x81, "0123456789a")), "fault 1009\n");
  EXPECT_EQ(read(maskedFrame(0x01, "012345") + maskedFrame(0x80, "67890")), "fault 1009\n");
  EXPECT_EQ(read("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff"s + "mask"), "fault 1009\n");
  const auto empty = maskedFrame(0x00, "");
  EXPECT_EQ(read(maskedFrame(0x01, "") + empty + maskedFrame(0x80, "end")), "text end\n");
  EXPECT_EQ(read(maskedFrame(0x01, "") + empty + empty + maskedFrame(0x80, "end")), "fault 1008\n");
}

TEST(WebSocketFrames, CloseFrameCutsTheReasonAtACodePoint) {
  EXPECT_EQ(closeFrame(close_code::noStatus), "\x88\x00"s);
  EXPECT_EQ(closeFrame(1000, "bye"), "\x88\x05\x03\xe8"s + "bye");
  std::string reason;
  for (int i = 0; i < 50; ++i) reason += "\xe4\xbd\xa0";
  const auto frame = closeFrame(1002, reason);
  EXPECT_EQ(frame.size(), 2U + 2U + 123U);  // 41 code points of 3 bytes fill the 123 that there are
  EXPECT_EQ(closeFrame(1002, "x" + reason).size(), 2U + 2U + 121U);
}

TEST(Utf8, TellsWellFormedFromIllFormed) {
  for (const auto* good : {"", "plain ascii text", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
                           "\xee\x80\x80", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "eight by\xe4\xbd\xa0tes"}) {
    EXPECT_TRUE(base::isUtf8(good)) << testing::PrintToString(good);
  }
  for (const auto* bad :
       {"\x80", "\xc0\x80", "\xc1\xbf", "\xc2", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xe4\xbd", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "eight bytes\xc2", "\xc2\x41"}) {
    EXPECT_FALSE(base::isUtf8(bad)) << testing::PrintToString(bad);
  }
}

}  // namespace parley::realtime
