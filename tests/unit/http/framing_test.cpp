// SPDX-License-Identifier: Apache-2.0
// What the server answers to requests on the wire that two parsers could read in two ways, or that are simply wrong.
#include "http_fixture.h"

namespace parley::http {

namespace {

struct Row {
  const char* name;
  std::string input;
  int status;
  bool closed;

  friend void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }
};

std::string withHeaders(const std::string& fields) {
  return "GET /a HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n";
}

std::string posted(const std::string& fields, const std::string& body) {
  return "POST /a HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n" + body;
}

std::string chunked(const std::string& body) {
  return posted("Transfer-Encoding: chunked\r\n", body);
}

const std::string smuggled = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";

std::vector<Row> rows() {
  const std::string nul(1, '\0');
  return {
      // what is right
      {"plain", withHeaders(""), 200, false},
      {"http10", "GET /a HTTP/1.0\r\n\r\n", 200, true},
      {"http10KeepAlive", "GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 200, false},
      {"connectionClose", withHeaders("Connection: close\r\n"), 200, true},
      {"emptyLineBefore", "\r\nGET /a HTTP/1.1\r\nHost: x\r\n\r\n", 200, false},
      {"absoluteForm", "GET http://x/a HTTP/1.1\r\nHost: x\r\n\r\n", 200, false},
      {"emptyHost", "GET /a HTTP/1.1\r\nHost:\r\n\r\n", 200, false},
      {"getWithBody", withHeaders("Content-Length: 3\r\n") + "abc", 200, false},
      {"lengthOfNothing", posted("Content-Length: 0\r\n", ""), 200, false},
      {"chunks", chunked("3\r\nabc\r\n0\r\n\r\n"), 200, false},
      {"chunkExtension", chunked("3;name=value\r\nabc\r\n0\r\n\r\n"), 200, false},
      {"trailer", chunked("3\r\nabc\r\n0\r\nX-After: 1\r\n\r\n"), 200, false},
      {"chunkedInCapitals", posted("Transfer-Encoding: CHUNKED\r\n", "0\r\n\r\n"), 200, false},
      // Host
      {"noHost", "GET /a HTTP/1.1\r\n\r\n", 400, true},
      {"twoHosts", withHeaders("Host: y\r\n"), 400, true},
      {"sameHostTwice", withHeaders("Host: x\r\n"), 400, true},
      {"hostWithSlash", "GET /a HTTP/1.1\r\nHost: x/y\r\n\r\n", 400, true},
      {"hostWithAt", "GET /a HTTP/1.1\r\nHost: a@b\r\n\r\n", 400, true},
      {"twoHostsInHttp10", "GET /a HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400, true},
      // two framings
      {"lengthAndChunked", posted("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + smuggled), 400,
       true},
      {"chunkedAndLength", posted("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n" + smuggled), 400,
       true},
      {"twoLengths", posted("Content-Length: 3\r\nContent-Length: 4\r\n", "abcd"), 400, true},
      {"sameLengthTwice", posted("Content-Length: 3\r\nContent-Length: 3\r\n", "abc"), 400, true},
      {"lengthList", posted("Content-Length: 3, 3\r\n", "abc"), 400, true},
      {"lengthPlus", posted("Content-Length: +3\r\n", "abc"), 400, true},
      {"lengthMinus", posted("Content-Length: -3\r\n", "abc"), 400, true},
      {"lengthHex", posted("Content-Length: 0x3\r\n", "abc"), 400, true},
      {"lengthEmpty", posted("Content-Length:\r\n", ""), 400, true},
      {"lengthWithWord", posted("Content-Length: 3 bytes\r\n", "abc"), 400, true},
      {"lengthHuge", posted("Content-Length: 99999999999999999999999999\r\n", ""), 400, true},
      {"bodyTooLarge", posted("Content-Length: 2000000\r\n", ""), 413, true},
      {"chunkedInHttp10", "POST /a HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, true},
      {"twoCodings", posted("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 501, true},
      {"chunkedTwice", posted("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400, true},
      {"identityCoding", posted("Transfer-Encoding: identity\r\n", ""), 501, true},
      {"almostChunked", posted("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), 501, true},
      {"quotedChunked", posted("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n"), 501, true},
      {"verticalTabChunked",
       posted("Transfer-Encoding: \x0b"
              "chunked\r\n",
              "0\r\n\r\n"),
       400, true},
      {"spaceBeforeColon", posted("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"), 400, true},
      {"tabBeforeColon", posted("Content-Length\t: 3\r\n", "abc"), 400, true},
      // lines
      {"bareLfEverywhere", "GET /a HTTP/1.1\nHost: x\n\n", 400, true},
      {"bareLfInFields", "GET /a HTTP/1.1\r\nHost: x\nX: y\r\n\r\n", 400, true},
      {"bareCr", "GET /a HTTP/1.1\r\nHost: x\rX: y\r\n\r\n", 400, true},
      {"endsWithBareLf", "GET /a HTTP/1.1\r\nHost: x\r\n\n", 400, true},
      {"folded", withHeaders("X-Long: a\r\n b\r\n"), 400, true},
      {"foldedWithTab", withHeaders("Transfer-Encoding:\r\n\tchunked\r\n"), 400, true},
      {"spaceFirst", "GET /a HTTP/1.1\r\n Host: x\r\n\r\n", 400, true},
      {"nul", withHeaders("X-A: a" + nul + "b\r\n"), 400, true},
      {"controlCharacter", withHeaders("X-A: \x01\r\n"), 400, true},
      {"deleteCharacter", withHeaders("X-A: \x7f\r\n"), 400, true},
      {"nameEmpty", withHeaders(": value\r\n"), 400, true},
      {"nameWithSpace", withHeaders("X A: b\r\n"), 400, true},
      {"noColon", withHeaders("Nothing\r\n"), 400, true},
      // request line
      {"garbage", "\x16\x03\x01\x02\x00\x01", 400, true},
      {"http09", "GET /a\r\n\r\n", 400, true},
      {"twoSpaces", "GET  /a HTTP/1.1\r\nHost: x\r\n\r\n", 400, true},
      {"spaceAfterVersion", "GET /a HTTP/1.1 \r\nHost: x\r\n\r\n", 400, true},
      {"lowerCaseVersion", "GET /a http/1.1\r\nHost: x\r\n\r\n", 400, true},
      {"http2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, true},
      {"http12", "GET /a HTTP/1.2\r\nHost: x\r\n\r\n", 505, true},
      {"http3", "GET /a HTTP/3.0\r\nHost: x\r\n\r\n", 505, true},
      {"fragment", "GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n", 400, true},
      {"relativePath", "GET a HTTP/1.1\r\nHost: x\r\n\r\n", 400, true},
      {"badPercent", "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400, true},
      {"cutPercent", "GET /a%2 HTTP/1.1\r\nHost: x\r\n\r\n", 400, true},
      {"nulInPath", "GET /a%00 HTTP/1.1\r\nHost: x\r\n\r\n", 400, true},
      {"lineInPath", "GET /a%0d%0ab HTTP/1.1\r\nHost: x\r\n\r\n", 400, true},
      {"badUtf8InPath", "GET /%ff HTTP/1.1\r\nHost: x\r\n\r\n", 400, true},
      {"connect", "CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n", 501, true},
      {"unknownMethod", "BREW /a HTTP/1.1\r\nHost: x\r\n\r\n", 501, false},
      {"longMethod", std::string(40, 'A') + " /a HTTP/1.1\r\nHost: x\r\n\r\n", 501, true},
      // bounds
      {"longTarget", "GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n", 414, true},
      {"longHead", withHeaders("X-A: " + std::string(17000, 'a') + "\r\n"), 431, true},
      {"manyHeaders", withHeaders([] {
         std::string fields;
         for (int i = 0; i < 101; ++i) fields += "X-A: b\r\n";
         return fields;
       }()),
       431, true},
      // bodies
      {"noLength", "POST /a HTTP/1.1\r\nHost: x\r\n\r\n", 411, true},
      {"noLengthInHttp10", "PUT /a HTTP/1.0\r\n\r\n", 411, true},
      {"compressedBody", posted("Content-Encoding: gzip\r\nContent-Length: 3\r\n", "abc"), 415, true},
      {"unknownExpectation", posted("Expect: miracle\r\nContent-Length: 3\r\n", "abc"), 417, true},
      {"chunkSizeEmpty", chunked("\r\nabc\r\n0\r\n\r\n"), 400, true},
      {"chunkSizeNoHex", chunked("x\r\nabc\r\n0\r\n\r\n"), 400, true},
      {"chunkSizeSigned", chunked("+3\r\nabc\r\n0\r\n\r\n"), 400, true},
      {"chunkSizePrefixed", chunked("0x3\r\nabc\r\n0\r\n\r\n"), 400, true},
      {"chunkSizeSpace", chunked("3 \r\nabc\r\n0\r\n\r\n"), 400, true},
      {"chunkSizeOverflow", chunked("10000000000000003\r\nabc\r\n0\r\n\r\n"), 400, true},
      {"chunkSizeBareLf", chunked("3\nabc\r\n0\r\n\r\n"), 400, true},
      {"chunkTooLong", chunked("3\r\nabcd\r\n0\r\n\r\n"), 400, true},
      {"chunkEndBareLf", chunked("3\r\nabc\n0\r\n\r\n"), 400, true},
      {"chunkTooLarge", chunked("200000\r\n"), 413, true},
      {"chunkExtensionTooLong", chunked("3;" + std::string(2000, 'a') + "\r\nabc\r\n0\r\n\r\n"), 400, true},
      {"chunkExtensionBareLf", chunked("3;a\nb\r\nabc\r\n0\r\n\r\n"), 400, true},
      {"trailerTooLong", chunked("0\r\nX: " + std::string(5000, 'a') + "\r\n\r\n"), 431, true},
      {"trailerBareLf", chunked("0\r\nX: a\n\r\n"), 400, true},
      {"trailerFolded", chunked("0\r\n X: a\r\n\r\n"), 400, true},
      // routes
      {"notFound", "GET /b HTTP/1.1\r\nHost: x\r\n\r\n", 404, false},
      {"notAllowed", "DELETE /a HTTP/1.1\r\nHost: x\r\n\r\n", 405, false},
      {"bodyNobodyWants",
       "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(smuggled.size()) + "\r\n\r\n" + smuggled, 404,
       false},
  };
}

class Framing : public HttpTest, public ::testing::WithParamInterface<Row> {
 protected:
  void SetUp() override {
    router_.add("GET", "/a", echoing());
    router_.add("POST", "/a", echoing());
    router_.add("PUT", "/a", echoing());
    router_.add("GET", "/smuggled", answering("smuggled"));
    start();
  }

  /// The bytes, then a request that must be answered exactly when the connection goes on.
  void expectOutcome(HttpClient& peer, const Row& row) {
    const auto reply = peer.reply();
    EXPECT_EQ(reply.status, row.status) << reply.body;
    if (reply.status >= 400) {
      const auto body = boost::json::parse(reply.body);
      EXPECT_EQ(body.at("success"), false);
      EXPECT_FALSE(body.at("code").as_string().empty());
      EXPECT_FALSE(body.at("message").as_string().empty());
    }
    if (row.closed) {
      EXPECT_EQ(reply.headers.get("Connection"), "close");
      EXPECT_TRUE(peer.atEnd());
    } else {
      EXPECT_EQ(peer.ask("GET /a?next HTTP/1.1\r\nHost: x\r\n\r\n").body, "GET /a ");
    }
  }
};

}  // namespace

TEST_P(Framing, InOnePiece) {
  auto peer = client();
  peer.send(GetParam().input);
  expectOutcome(peer, GetParam());
}

TEST_P(Framing, CutInTwo) {
  // Enough places for the kinds of cut; the fuzz target and RequestParserTest cover each byte.
  const auto& input = GetParam().input;
  const std::size_t step = std::max<std::size_t>(1, input.size() / 16);
  for (std::size_t cut = 1; cut < input.size(); cut += step) {
    auto peer = client();
    peer.send(input.substr(0, cut));
    peer.send(input.substr(cut));
    expectOutcome(peer, GetParam());
  }
}

INSTANTIATE_TEST_SUITE_P(Table, Framing, ::testing::ValuesIn(rows()),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace parley::http
