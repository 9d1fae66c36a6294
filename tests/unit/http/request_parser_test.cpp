// SPDX-License-Identifier: Apache-2.0
// The parser alone: the same bytes give the same requests however they are cut.
#include "http/request_parser.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace parley::http {

namespace {

/// What comes of the bytes when they arrive in pieces that end at the given places.
std::string outcome(const std::string& input, const std::vector<std::size_t>& cuts, const ParserLimits& limits) {
  std::string text;
  std::string buffer;
  RequestParser parser(limits);
  std::size_t from = 0;
  for (const auto to : cuts) {
    buffer.append(input, from, to - from);
    from = to;
    for (;;) {
      const auto before = parser.state();
      const auto used = parser.feed(buffer);
      buffer.erase(0, used);
      if (parser.state() == RequestParser::State::Failed)
        return text + "failed " + std::to_string(parser.error().status) + " " + parser.error().detail;
      if (parser.state() == RequestParser::State::Complete) {
        const auto request = parser.take();
        text += request.method + " " + request.path + "?" + request.query + " [";
        for (const auto& [name, value] : request.headers) text += name + "=" + value + ",";
        text += "] " + request.body + (request.keepAlive ? " keep\n" : " close\n");
        parser = RequestParser(limits);
      } else if (used == 0 && parser.state() == before) {
        break;
      }
    }
  }
  return text + "waiting";
}

std::string whole(const std::string& input, const ParserLimits& limits = {}) {
  return outcome(input, {input.size()}, limits);
}

void expectSameAtEveryCut(const std::string& input, const ParserLimits& limits = {}) {
  const auto expected = whole(input, limits);
  std::vector<std::size_t> each;
  for (std::size_t cut = 1; cut <= input.size(); ++cut) {
    EXPECT_EQ(outcome(input, {cut, input.size()}, limits), expected) << "cut at " << cut;
    each.push_back(cut);
  }
  EXPECT_EQ(outcome(input, each, limits), expected);
}

}  // namespace

TEST(RequestParser, ReadsSeveralRequestsAtEveryCut) {
  const std::string input =
      "GET /a?x=1&y=%20 HTTP/1.1\r\nHost: h\r\nX-Empty:\r\nX-Spaces: \t a b \t\r\n\r\n"
      "POST /%E4%BD%A0 HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab\r\nc"
      "PUT /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\nA;e=\"v\"\r\n0123456789\r\n00\r\nT: "
      "v\r\n\r\n"
      "GET http://h/d HTTP/1.0\r\n\r\n";
  EXPECT_EQ(whole(input),
            "GET /a?x=1&y=%20 [Host=h,X-Empty=,X-Spaces=a b,]  keep\n"
            "POST /你? [Host=h,Content-Length=5,] ab\r\nc keep\n"
            "PUT /c? [Host=h,Transfer-Encoding=chunked,] a0123456789 keep\n"
            "GET /d? []  close\n"
            "waiting");
  expectSameAtEveryCut(input);
}

TEST(RequestParser, FailsInTheSameWayAtEveryCut) {
  const std::vector<std::string> inputs{
      "GET / HTTP/1.1\nHost: h\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\n X: folded\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nFFFF\r\n",
      "\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n",
      "GET / HTTP/4.2\r\nHost: h\r\n\r\n",
  };
  ParserLimits limits;
  limits.maxBody = 100;
  for (const auto& input : inputs) {
    EXPECT_NE(whole(input, limits).find("failed"), std::string::npos) << input;
    expectSameAtEveryCut(input, limits);
  }
}

TEST(RequestParser, LimitsHoldExactly) {
  ParserLimits limits;
  limits.maxTarget = 10;
  limits.maxHeaders = 2;
  limits.maxBody = 4;
  limits.maxHead = 60;
  const std::string host = " HTTP/1.1\r\nHost: h\r\n";
  const auto status = [&](const std::string& input) {
    expectSameAtEveryCut(input, limits);
    const auto text = whole(input, limits);
    return text.starts_with("failed") ? text.substr(7, 3) : "fine";
  };
  EXPECT_EQ(status("GET /234567890" + host + "\r\n"), "fine");
  EXPECT_EQ(status("GET /2345678901" + host + "\r\n"), "414");
  EXPECT_EQ(status("GET /" + host + "A: b\r\n\r\n"), "fine");
  EXPECT_EQ(status("GET /" + host + "A: b\r\nC: d\r\n\r\n"), "431");
  EXPECT_EQ(status("GET /" + host + "A: " + std::string(28, 'x') + "\r\n\r\n"), "fine");
  EXPECT_EQ(status("GET /" + host + "A: " + std::string(29, 'x') + "\r\n\r\n"), "431");
  EXPECT_EQ(status("PUT /" + host + "Content-Length: 4\r\n\r\nabcd"), "fine");
  EXPECT_EQ(status("PUT /" + host + "Content-Length: 5\r\n\r\nabcde"), "413");
  limits.maxHead = 1000;
  EXPECT_EQ(status("PUT /" + host + "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n"), "fine");
  EXPECT_EQ(status("PUT /" + host + "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n"), "413");
}

TEST(RequestParser, ShowsAHeadBeforeItsBody) {
  RequestParser parser({});
  const std::string head = "POST /a%2Fb HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-Continue\r\n\r\n";
  EXPECT_EQ(parser.feed(head + "abc"), head.size());
  EXPECT_EQ(parser.state(), RequestParser::State::Body);
  EXPECT_TRUE(parser.expectsContinue());
  EXPECT_EQ(parser.rawPath(), "/a%2Fb");
  EXPECT_EQ(parser.request().method, "POST");
  EXPECT_EQ(parser.feed("abcGET"), 3U);
  EXPECT_EQ(parser.state(), RequestParser::State::Complete);
  EXPECT_EQ(parser.feed("GET"), 0U);
}

TEST(RequestParser, LeavesWhatFollowsAnUpgrade) {
  RequestParser parser({});
  const std::string head = "GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
  EXPECT_EQ(parser.feed(head + "\x81\x05hello"), head.size());
  EXPECT_EQ(parser.state(), RequestParser::State::Complete);
}

}  // namespace parley::http
