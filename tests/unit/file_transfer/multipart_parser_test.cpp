// SPDX-License-Identifier: Apache-2.0
#include "multipart_parser.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace file_transfer {

namespace {

class Notes final : public MultipartParser::Events {
 public:
  void onPart(const PartHead& head) override {
    text += "<" + head.name + (head.isFile ? "=" + head.fileName : "") + ">";
  }
  void onPartData(std::string_view data) override { text += data; }
  void onPartEnd() override { text += "</>"; }
  std::string text;
};

/// What the parser makes of a body that arrives `piece` bytes at a time.
std::string parse(std::string_view body, std::size_t piece, MultipartParser::Limits limits = {}) {
  Notes notes;
  MultipartParser parser("XX", limits, notes);
  while (!body.empty()) {
    if (!parser.feed(body.substr(0, piece))) return parser.error();
    body.remove_prefix(std::min(piece, body.size()));
  }
  return notes.text + (parser.isComplete() ? "" : "…");
}

std::string part(const std::string& disposition, const std::string& content) {
  return "--XX\r\nContent-Disposition: form-data; " + disposition + "\r\n\r\n" + content + "\r\n";
}

const std::string end = "--XX--\r\n";

void expectEachWay(const std::string& body, const std::string& expected, MultipartParser::Limits limits = {}) {
  for (const std::size_t piece : {1UL, 2UL, 3UL, 7UL, 64UL, 100'000UL}) EXPECT_EQ(parse(body, piece, limits), expected);
}

}  // namespace

TEST(Multipart, ReadsPartsHoweverTheyAreCut) {
  expectEachWay(part("name=\"userId\"", "alice") + part("name=file; filename=\"a b.txt\"", "line\r\n--X\r\n-") + end,
                "<userId>alice</><file=a b.txt>line\r\n--X\r\n-</>");
  expectEachWay("a preamble\r\n" + part("name=\"e\"", "") + "--XX-- \r\nan epilogue --XX\r\n", "<e></>");
  expectEachWay(part("name=\"a\"", "1") + "--XX \t\r\nContent-Disposition: form-data; name=\"b\"\r\n\r\n2\r\n--XX--",
                "<a>1</><b>2</>");
}

TEST(Multipart, IsCompleteOnlyWithItsClosingBoundary) {
  expectEachWay(part("name=\"a\"", "1"), "<a>1…");
  expectEachWay(part("name=\"a\"", "1") + "--XX", "<a>1</>…");
  expectEachWay(part("name=\"a\"", "1") + "--XX-", "<a>1</>…");
  expectEachWay("", "…");
  expectEachWay(end, "");
}

TEST(Multipart, ReadsNamesAsClientsWriteThem) {
  expectEachWay(part("name=\"file\"; filename=\"C:\\dir\\a.txt\"", "x") + end, "<file=C:\\dir\\a.txt>x</>");
  expectEachWay(part("name=\"file\"; filename=\"say \\\"hi\\\".txt\"", "x") + end, "<file=say \"hi\".txt>x</>");
  expectEachWay(part("name=\"file\"; filename=\"%22%22a %2522 %0D%41%2\"", "x") + end,
                "<file=\"\"a %2522 %0D%41%2>x</>");
  expectEachWay(part("name=\"file\"; filename=\"a\"; filename*=UTF-8''%E4%BD%A0.txt", "x") + end, "<file=你.txt>x</>");
  expectEachWay(part("name=\"file\"; filename=\"\"", "x") + end, "<file=>x</>");
}

TEST(Multipart, RefusesWhatIsMalformed) {
  const std::string needsName = "a part needs Content-Disposition: form-data with a name";
  expectEachWay("--XX\r\nContent-Type: text/plain\r\n\r\nx\r\n" + end, needsName);
  expectEachWay("--XX\r\n\r\nx\r\n" + end, needsName);
  expectEachWay("--XX\r\nContent-Disposition: attachment; name=a\r\n\r\nx\r\n" + end, needsName);
  expectEachWay("--XX\r\nContent-Disposition: form-data; name=\"a\r\n\r\nx\r\n" + end, needsName);
  expectEachWay("--XX\r\nContent-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=b\r\n\r\nx",
                needsName);
  expectEachWay("--XX\r\nno field\r\n\r\nx\r\n" + end, needsName);
  expectEachWay("--XXX\r\n", "a boundary line has more than the boundary");
  expectEachWay("--XX" + std::string(100, ' '), "a boundary line is too long");
}

TEST(Multipart, HasLimits) {
  const auto two = part("name=a", "1") + part("name=b", "2") + end;
  expectEachWay(two, "<a>1</><b>2</>", {2, 100});
  expectEachWay(two, "too many parts", {1, 100});
  expectEachWay(part("name=" + std::string(200, 'a'), "1") + end, "the header of a part is too large", {2, 100});
  expectEachWay("--XX\r\n" + std::string(200, 'a'), "the header of a part is too large", {2, 100});
  expectEachWay(two, "<a>1</><b>2</>", {2, 40});
  expectEachWay(two, "the header of a part is too large", {2, 39});
}

TEST(Multipart, TakesTheBoundaryFromTheContentType) {
  EXPECT_EQ(boundaryOf("multipart/form-data; boundary=----WebKit1"), "----WebKit1");
  EXPECT_EQ(boundaryOf("Multipart/Form-Data ; charset=utf-8; BOUNDARY=\"a b\""), "a b");
  for (const auto* type : {"multipart/form-data", "multipart/mixed; boundary=a", "text/plain", "",
                           "multipart/form-data; boundary=\"a", "multipart/form-data; boundary"})
    EXPECT_EQ(boundaryOf(type), "") << type;
  EXPECT_EQ(boundaryOf("multipart/form-data; boundary=" + std::string(71, 'a')), "");
}

}  // namespace file_transfer
