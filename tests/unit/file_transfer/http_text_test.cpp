// SPDX-License-Identifier: Apache-2.0
#include "http_text.h"

#include <gtest/gtest.h>

namespace file_transfer {

TEST(FileNames, KeepNothingThatLeadsSomewhereOrLooksLikeAnother) {
  EXPECT_EQ(cleanName("a.txt"), "a.txt");
  EXPECT_EQ(cleanName("/etc/passwd"), "passwd");
  EXPECT_EQ(cleanName("..\\..\\报告.pdf"), "报告.pdf");
  EXPECT_EQ(cleanName(".."), "file");
  EXPECT_EQ(cleanName("a/"), "file");
  EXPECT_EQ(cleanName(std::string("a\r\n\0b", 5)), "ab");
  EXPECT_EQ(cleanName("photo\xE2\x80\xAEgpj.exe"), "photogpj.exe");
  EXPECT_EQ(cleanName("bad\xFF\xC3"), "bad__");
  EXPECT_EQ(cleanName(std::string(300, 'a')).size(), 255U);
  std::string long_;
  for (int i = 0; i < 100; ++i) long_ += "你";
  EXPECT_EQ(cleanName(long_).size(), 255U);
  EXPECT_EQ(cleanName("a" + long_).size(), 253U) << "no character is cut";
}

TEST(FileNames, AreWrittenForEveryClient) {
  EXPECT_EQ(contentDisposition(true, "a b.txt"), "attachment; filename=\"a b.txt\"");
  EXPECT_EQ(contentDisposition(false, "你\"%.txt"),
            "inline; filename=\"___.txt\"; filename*=UTF-8''%E4%BD%A0%22%25.txt");
}

TEST(Ranges, AreReadAsTheRfcSays) {
  const auto read = [](std::string_view field, std::uint64_t size) -> std::string {
    ByteRange range{0, size};
    switch (parseRange(field, size, range)) {
      case RangeKind::Whole: return "whole";
      case RangeKind::Unsatisfiable: return "none";
      case RangeKind::Part: return std::to_string(range.first) + "+" + std::to_string(range.length);
    }
    return {};
  };
  EXPECT_EQ(read("bytes=0-0", 10), "0+1");
  EXPECT_EQ(read("Bytes=2-", 10), "2+8");
  EXPECT_EQ(read("bytes=-3", 10), "7+3");
  EXPECT_EQ(read("bytes=-30", 10), "0+10");
  EXPECT_EQ(read("bytes=5-100", 10), "5+5");
  EXPECT_EQ(read("bytes=10-", 10), "none");
  EXPECT_EQ(read("bytes=-0", 10), "none");
  EXPECT_EQ(read("bytes=0-", 0), "none");
  for (const auto* field : {"", "bytes", "bytes=", "bytes=-", "bytes=5-4", "bytes=a-b", "bytes=1-2,4-5", "items=1-2",
                            "bytes=99999999999999999999-", "bytes=1--2"})
    EXPECT_EQ(read(field, 10), "whole") << field;
}

TEST(EntityTags, AreFoundInLists) {
  EXPECT_TRUE(namesTag("\"a\"", "\"a\""));
  EXPECT_TRUE(namesTag("\"b\", W/\"a\"", "\"a\""));
  EXPECT_TRUE(namesTag("*", "\"a\""));
  EXPECT_FALSE(namesTag("\"b\",", "\"a\""));
  EXPECT_FALSE(namesTag("a", "\"a\""));
}

TEST(Base64, IsStrict) {
  EXPECT_EQ(decodeBase64(""), "");
  EXPECT_EQ(decodeBase64("YQ=="), "a");
  EXPECT_EQ(decodeBase64("YWI="), "ab");
  EXPECT_EQ(decodeBase64("YWJj"), "abc");
  for (const auto* text : {"Y", "YQ", "YQ=", "YQ=a", "Y Q=", "=YQ=", "Y-_="})
    EXPECT_EQ(decodeBase64(text), std::nullopt);
  EXPECT_EQ(base64Url("\xFB\xFF\xFE"), "-__-");
  EXPECT_EQ(base64Url("a"), "YQ");
}

TEST(Metadata, OfTus) {
  const auto read = parseMetadata("filename YS50eHQ=,empty, userId YWxpY2U=");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->at("filename"), "a.txt");
  EXPECT_EQ(read->at("empty"), "");
  EXPECT_EQ(read->at("userId"), "alice");
  EXPECT_TRUE(parseMetadata("")->empty());
  for (const auto* field : {"a !!", "a YQ==,a YQ==", " , YQ=="}) EXPECT_FALSE(parseMetadata(field)) << field;
}

}  // namespace file_transfer
