// SPDX-License-Identifier: Apache-2.0
// One connection's conversation: order, methods, bodies, encodings, identifiers.
#include "http_fixture.h"

#include <parley/error.h>

#include <zlib.h>

#include <mutex>
#include <thread>

namespace parley::http {

namespace {

std::string get(const std::string& path, const std::string& fields = "") {
  return "GET " + path + " HTTP/1.1\r\nHost: here\r\n" + fields + "\r\n";
}

std::string post(const std::string& path, const std::string& body, const std::string& fields = "") {
  return "POST " + path + " HTTP/1.1\r\nHost: here\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         fields + "\r\n" + body;
}

std::string unzip(const std::string& packed) {
  z_stream stream{};
  inflateInit2(&stream, 15 + 16);
  std::string text(10'000'000, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  text.resize(stream.total_out);
  inflateEnd(&stream);
  return text;
}

}  // namespace

TEST_F(HttpTest, AnswersPipelinedRequestsInOrderThoughHandlersAnswerLater) {
  std::vector<std::thread> threads;
  router_.add("GET", "/slow", [&](const Request& request, const Responder& respond) {
    threads.emplace_back([respond, text = request.query] {
      Response response;
      response.body = "slow " + text;
      respond(std::move(response));
    });
  });
  router_.add("GET", "/fast", answering("fast"));
  start();
  auto peer = client();
  std::string requests;
  for (int i = 0; i < 50; ++i) requests += get("/slow?" + std::to_string(i)) + get("/fast");
  peer.send(requests);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(peer.reply().body, "slow " + std::to_string(i));
    EXPECT_EQ(peer.reply().body, "fast");
  }
  loops_.stop();
  for (auto& thread : threads) thread.join();
}

TEST_F(HttpTest, ManyRequestsArriveByteByByte) {
  router_.add("POST", "/:name", echoing());
  start();
  auto peer = client();
  const std::string requests = post("/a", "one") + post("/b", "two") +
                               "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                               "2\r\nth\r\n3;x=y\r\nree\r\n0\r\nX-T: 1\r\n\r\n";
  for (const char c : requests) peer.send(std::string(1, c));
  EXPECT_EQ(peer.reply().body, "POST /a one");
  EXPECT_EQ(peer.reply().body, "POST /b two");
  EXPECT_EQ(peer.reply().body, "POST /c three");
}

TEST_F(HttpTest, HeadHasTheHeadersOfGetAndNoBody) {
  router_.add("GET", "/a", answering("twelve bytes"));
  start();
  auto peer = client();
  peer.send("HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n" + get("/a"));
  const auto head = peer.reply(true);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.get("Content-Length"), "12");
  EXPECT_EQ(head.headers.get("Content-Type"), "text/plain");
  EXPECT_EQ(peer.reply().body, "twelve bytes");
}

TEST_F(HttpTest, TellsWhichMethodsAPathHas) {
  router_.add("GET", "/a/:id", answering("a"));
  router_.add("DELETE", "/a/:id", answering("a"));
  start();
  auto peer = client();
  const auto wrong = peer.ask("PUT /a/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.headers.get("Allow"), "DELETE, GET, HEAD, OPTIONS");
  const auto options = peer.ask("OPTIONS /a/1 HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(options.status, 204);
  EXPECT_EQ(options.headers.get("Allow"), "DELETE, GET, HEAD, OPTIONS");
  EXPECT_EQ(peer.ask("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n").status, 204);
  EXPECT_EQ(peer.ask("OPTIONS /b HTTP/1.1\r\nHost: x\r\n\r\n").status, 404);
}

TEST_F(HttpTest, AnswersPreflights) {
  cors_.reload({.allowedOrigins = {"https://app.example"}});
  router_.add("POST", "/a", answering("a"));
  start();
  auto peer = client();
  const std::string preflight = "OPTIONS /a HTTP/1.1\r\nHost: x\r\nAccess-Control-Request-Method: POST\r\nOrigin: ";
  const auto allowed = peer.ask(preflight + "https://app.example\r\n\r\n");
  EXPECT_EQ(allowed.status, 204);
  EXPECT_EQ(allowed.headers.get("Access-Control-Allow-Origin"), "https://app.example");
  EXPECT_TRUE(allowed.headers.hasToken("Access-Control-Allow-Methods", "DELETE"));
  EXPECT_TRUE(allowed.headers.hasToken("Access-Control-Allow-Headers", "authorization"));
  const auto refused = peer.ask(preflight + "https://evil.example\r\n\r\n");
  EXPECT_FALSE(refused.headers.has("Access-Control-Allow-Origin"));
  EXPECT_FALSE(refused.headers.has("Access-Control-Allow-Methods"));
  const auto simple = peer.ask(post("/a", "x", "Origin: https://app.example\r\n"));
  EXPECT_EQ(simple.headers.get("Access-Control-Allow-Origin"), "https://app.example");
  EXPECT_TRUE(simple.headers.hasToken("Vary", "Origin"));
  EXPECT_TRUE(simple.headers.hasToken("Access-Control-Expose-Headers", "X-Request-Id"));
}

TEST_F(HttpTest, SaysContinueOnlyWhenSomeoneWantsTheBody) {
  router_.add("POST", "/a", echoing());
  start();
  auto peer = client();
  const std::string fields = " HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n";
  peer.send("POST /a" + fields);
  EXPECT_EQ(peer.until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  peer.send("body");
  EXPECT_EQ(peer.reply().body, "POST /a body");
  peer.send("POST /a" + fields + "body");
  EXPECT_EQ(peer.reply().status, 200) << "no need for 100 when the body is here";
  EXPECT_EQ(peer.ask("POST /b" + fields).status, 404);
  EXPECT_TRUE(peer.atEnd());
}

TEST_F(HttpTest, CompressesLargeTextThatTheClientTakes) {
  std::string text;
  for (int i = 0; i < 2000; ++i) text += "line " + std::to_string(i) + "\n";
  router_.add("GET", "/large", answering(text));
  router_.add("GET", "/small", answering("small"));
  router_.add("GET", "/image", [](const Request&, const Responder& respond) {
    Response response;
    response.headers.add("Content-Type", "image/png");
    response.body = std::string(5000, 'x');
    respond(std::move(response));
  });
  router_.add("GET", "/encoded", [](const Request&, const Responder& respond) {
    Response response;
    response.headers.add("Content-Type", "text/plain");
    response.headers.add("Content-Encoding", "br");
    response.body = std::string(5000, 'x');
    respond(std::move(response));
  });
  start();
  auto peer = client();
  const auto packed = peer.ask(get("/large", "Accept-Encoding: deflate, gzip;q=0.5\r\n"));
  EXPECT_EQ(packed.headers.get("Content-Encoding"), "gzip");
  EXPECT_LT(packed.body.size(), text.size() / 2);
  EXPECT_EQ(unzip(packed.body), text);
  for (const std::string refusal : {"", "Accept-Encoding: gzip;q=0\r\n", "Accept-Encoding: br\r\n"}) {
    const auto plain = peer.ask(get("/large", refusal));
    EXPECT_FALSE(plain.headers.has("Content-Encoding"));
    EXPECT_EQ(plain.body, text);
    EXPECT_NE(std::count_if(plain.headers.begin(), plain.headers.end(),
                            [](const auto& field) { return field.second == "Accept-Encoding"; }),
              0);
  }
  for (const std::string path : {"/small", "/image"})
    EXPECT_FALSE(peer.ask(get(path, "Accept-Encoding: gzip\r\n")).headers.has("Content-Encoding"));
  EXPECT_EQ(peer.ask(get("/encoded", "Accept-Encoding: gzip\r\n")).headers.get("Content-Encoding"), "br");
}

TEST_F(HttpTest, EveryResponseCarriesARequestId) {
  router_.add("GET", "/a", [](const Request& request, const Responder& respond) {
    Response response;
    response.headers.add("X-Request-Id", "not this");
    response.body = request.requestId;
    respond(std::move(response));
  });
  start();
  auto peer = client();
  const auto echoed = peer.ask(get("/a", "X-Request-Id: abc-123\r\n"));
  EXPECT_EQ(echoed.headers.get("X-Request-Id"), "abc-123");
  EXPECT_EQ(echoed.body, "abc-123");
  for (const std::string& bad : {std::string("a b"), std::string("a\"b"), std::string(129, 'a'), std::string()}) {
    const auto made = peer.ask(get("/a", "X-Request-Id: " + bad + "\r\n"));
    EXPECT_NE(made.body, bad);
    EXPECT_GE(made.body.size(), 16U);
    EXPECT_EQ(made.headers.get("X-Request-Id"), made.body);
  }
  const auto missing = peer.ask(get("/nothing", "X-Request-Id: abc-123\r\n"));
  EXPECT_EQ(missing.headers.get("X-Request-Id"), "abc-123");
  EXPECT_EQ(missing.headers.get("X-Content-Type-Options"), "nosniff");
  EXPECT_TRUE(missing.headers.has("Date"));
}

TEST_F(HttpTest, EveryResponseTellsBrowsersToBeCareful) {
  router_.add("GET", "/framed", [](const Request&, const Responder& respond) {
    Response response;
    response.headers.add("X-Frame-Options", "SAMEORIGIN");
    response.headers.add("Cache-Control", "private");
    response.headers.add("Strict-Transport-Security", "max-age=1");
    response.headers.add("X-Content-Type-Options", "sniff");
    respond(std::move(response));
  });
  options_.strictTransport = std::chrono::seconds(60);
  start();
  auto peer = client();
  for (const std::string& request :
       {get("/nothing"), get("/framed"), std::string("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")}) {
    const auto reply = peer.ask(request);
    EXPECT_EQ(reply.headers.get("X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(reply.headers.get("X-Frame-Options"), request == get("/framed") ? "SAMEORIGIN" : "DENY");
    EXPECT_EQ(reply.headers.get("Referrer-Policy"), "no-referrer");
    EXPECT_EQ(reply.headers.get("Cache-Control"), request == get("/framed") ? "private" : "no-store");
    EXPECT_FALSE(reply.headers.has("Strict-Transport-Security")) << "not over TLS";
  }
  EXPECT_EQ(peer.ask("nonsense\r\n\r\n").headers.get("X-Frame-Options"), "DENY");
}

TEST_F(HttpTest, ATrustedProxyTellsWhoTheClientIs) {
  router_.add("GET", "/who", [](const Request& request, const Responder& respond) {
    respond(withText(request.peerAddress + (request.secure ? " secure" : "")));
  });
  options_.listen.trustedProxies = base::Networks({"127.0.0.1", "10.0.0.0/8", "2001:db8::/32"});
  options_.strictTransport = std::chrono::seconds(60);
  start();
  auto peer = client();
  const auto who = [&](const std::string& fields) { return peer.ask(get("/who", fields)).body; };
  EXPECT_EQ(who(""), "127.0.0.1");
  EXPECT_EQ(who("X-Forwarded-For: 192.0.2.1\r\n"), "192.0.2.1");
  EXPECT_EQ(who("X-Forwarded-For: 198.51.100.9, 192.0.2.1\r\n"), "192.0.2.1") << "what the client says itself";
  EXPECT_EQ(who("X-Forwarded-For: 198.51.100.9, 192.0.2.1, 10.1.2.3, 2001:db8::5\r\n"), "192.0.2.1");
  EXPECT_EQ(who("X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-For: 10.1.2.3\r\n"), "192.0.2.1");
  EXPECT_EQ(who("X-Forwarded-For: 10.9.9.9, 10.1.2.3\r\n"), "10.9.9.9") << "all of them trusted";
  EXPECT_EQ(who("X-Forwarded-For: 192.0.2.1:4711\r\n"), "192.0.2.1");
  EXPECT_EQ(who("X-Forwarded-For: [2001:db9::1]:4711\r\n"), "2001:db9::1");
  EXPECT_EQ(who("X-Forwarded-For: 2001:db9::1\r\n"), "2001:db9::1");
  EXPECT_EQ(who("X-Forwarded-For: 192.0.2.1, unknown, 10.1.2.3\r\n"), "10.1.2.3");
  EXPECT_EQ(who("X-Forwarded-For: [, ,\r\n"), "127.0.0.1");
  EXPECT_EQ(who("X-Forwarded-Proto: https\r\n"), "127.0.0.1 secure");
  EXPECT_EQ(who("X-Forwarded-Proto: https, http\r\n"), "127.0.0.1");
  EXPECT_EQ(peer.ask(get("/who", "X-Forwarded-Proto: https\r\n")).headers.get("Strict-Transport-Security"),
            "max-age=60");
}

TEST_F(HttpTest, NobodyElseIsBelieved) {
  router_.add("GET", "/who", [](const Request& request, const Responder& respond) {
    respond(withText(request.peerAddress + (request.secure ? " secure" : "")));
  });
  options_.listen.trustedProxies = base::Networks({"10.0.0.0/8"});
  start();
  EXPECT_EQ(client().ask(get("/who", "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\n")).body, "127.0.0.1");
}

TEST_F(HttpTest, FailuresSpeakTheClientsLanguage) {
  start();
  auto peer = client();
  const auto chinese = boost::json::parse(peer.ask(get("/b")).body);
  const auto english = boost::json::parse(peer.ask(get("/b", "Accept-Language: en-GB,zh;q=0.5\r\n")).body);
  EXPECT_EQ(chinese.at("code"), "NOT_FOUND");
  EXPECT_EQ(chinese.at("message"), "请求的内容不存在");
  EXPECT_EQ(english.at("message"), "Not found");
}

TEST_F(HttpTest, ALargeBodyComesWholeAndOnlyAPartOfItWaits) {
  const std::string text(8'000'000, 'x');
  router_.add("GET", "/a", answering(text));
  options_.listen.outputLimit = 300'000;
  start();
  auto peer = client();
  const auto first = peer.ask(get("/a"));
  EXPECT_EQ(first.body.size(), text.size());
  EXPECT_EQ(peer.ask(get("/a")).body.size(), text.size());
}

TEST_F(HttpTest, AHandlersValueCannotBeginANewLine) {
  router_.add("GET", "/a", [](const Request&, const Responder& respond) {
    Response response;
    response.headers.add("X-A", "a\r\nX-Injected: 1");
    response.headers.add("X-B\r\nX-Injected", "1");
    response.headers.add("Content-Length", "7");
    response.headers.add("Transfer-Encoding", "chunked");
    response.body = "abc";
    respond(std::move(response));
  });
  start();
  const auto reply = client().ask(get("/a"));
  EXPECT_FALSE(reply.headers.has("X-Injected"));
  EXPECT_FALSE(reply.headers.has("Transfer-Encoding"));
  EXPECT_EQ(reply.body, "abc");
}

TEST_F(HttpTest, HandlersThatFailOrForgetAnswer500) {
  router_.add("GET", "/throws", [](const Request&, const Responder&) { throw std::runtime_error("/secret/path"); });
  router_.add("GET", "/refuses",
              [](const Request&, const Responder&) { throw Error(ErrorCode::Conflict, "there is one already"); });
  router_.add("GET", "/forgets", [](const Request&, const Responder&) {});
  router_.add("GET", "/bare", [](const Request&, const Responder& respond) { respond(withText("", 403)); });
  router_.add("GET", "/reason", [](const Request&, const Responder& respond) { respond(withText("not today", 412)); });
  router_.add("GET", "/twice", [](const Request&, const Responder& respond) {
    respond(withText("first"));
    respond(withText("second"));
  });
  start();
  auto peer = client();
  const auto thrown = peer.ask(get("/throws"));
  EXPECT_EQ(thrown.status, 500);
  EXPECT_EQ(thrown.body.find("secret"), std::string::npos);
  const auto refused = peer.ask(get("/refuses"));
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(boost::json::parse(refused.body).at("error"), "there is one already");
  const auto forgotten = peer.ask(get("/forgets"));
  EXPECT_EQ(forgotten.status, 500);
  EXPECT_EQ(boost::json::parse(forgotten.body).at("code"), "INTERNAL");
  EXPECT_EQ(boost::json::parse(peer.ask(get("/bare")).body).at("code"), "FORBIDDEN");
  const auto reasoned = peer.ask(get("/reason"));
  EXPECT_EQ(reasoned.status, 412);
  EXPECT_EQ(boost::json::parse(reasoned.body).at("error"), "not today");
  EXPECT_EQ(peer.ask(get("/twice")).body, "first");
  EXPECT_EQ(peer.ask(get("/twice")).body, "first");
}

TEST_F(HttpTest, StatusesWithoutABodyHaveNone) {
  router_.add("GET", "/none", [](const Request&, const Responder& respond) { respond(withText("", 204)); });
  router_.add("GET", "/same",
              [](const Request&, const Responder& respond) { respond(withText("must not be sent", 304)); });
  router_.add("GET", "/a", answering("a"));
  start();
  auto peer = client();
  peer.send(get("/none") + get("/same") + get("/a"));
  EXPECT_FALSE(peer.reply().headers.has("Content-Length"));
  EXPECT_EQ(peer.reply().status, 304);
  EXPECT_EQ(peer.reply().body, "a");
}

TEST_F(HttpTest, RequestsAreCompleteForTheirHandlers) {
  router_.add("GET", "/users/:id/*", [](const Request& request, const Responder& respond) {
    Response response;
    for (const auto& [name, value] : request.params) response.body += name + "=" + value + ";";
    response.body += request.queryParam("q").value_or("none") + ";" + request.peerAddress + ";" + request.path;
    respond(std::move(response));
  });
  start();
  EXPECT_EQ(client().ask(get("/users/a%2Fb/x/%E4%BD%A0?q=1&q=%E5%A5%BD+2")).body,
            "id=a/b;*=x/你;好 2;127.0.0.1;/users/a/b/x/你");
}

}  // namespace parley::http
