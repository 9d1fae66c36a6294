// SPDX-License-Identifier: Apache-2.0
#include "http/router.h"

#include <parley/error.h>

#include "http/cors.h"
#include "http/gzip.h"
#include "http/response_writer.h"
#include "http/url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::http {

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

/// Which route answers, by the name it was given; with parameters as `name(a=b)`.
class Routes {
 public:
  Router::RouteId add(const std::string& method, const std::string& pattern, const std::string& name) {
    return router.add(method, pattern, [this, name](const Request&, const Responder&) { called = name; });
  }
  std::string at(const std::string& method, const std::string& path) {
    const auto match = router.find(method, path);
    if (!match.handler) return match.allowed.empty() ? "404" : "405";
    (*match.handler)(Request{}, Responder([](const Response&) {}));
    std::string text = called;
    for (const auto& [name, value] : match.params) text += " " + name + "=" + value;
    return text;
  }
  Router router;
  std::string called;
};

}  // namespace

TEST(Router, ALiteralBeatsAParameterInEitherOrder) {
  for (const bool literalFirst : {true, false}) {
    Routes routes;
    if (literalFirst) routes.add("GET", "/messages/search", "search");
    routes.add("GET", "/messages/:sessionId", "session");
    if (!literalFirst) routes.add("GET", "/messages/search", "search");
    EXPECT_EQ(routes.at("GET", "/messages/search"), "search");
    EXPECT_EQ(routes.at("GET", "/messages/42"), "session sessionId=42");
  }
}

TEST(Router, AMethodThatTheLiteralLacksIsFoundAtTheParameter) {
  Routes routes;
  routes.add("GET", "/messages/search", "search");
  routes.add("DELETE", "/messages/:id", "delete");
  EXPECT_EQ(routes.at("DELETE", "/messages/search"), "delete id=search");
  EXPECT_EQ(routes.at("POST", "/messages/search"), "405");
  EXPECT_THAT(routes.router.find("POST", "/messages/search").allowed, ElementsAre("DELETE", "GET", "HEAD"));
}

TEST(Router, GoesBackFromADeadEnd) {
  Routes routes;
  routes.add("GET", "/a/b/c", "literal");
  routes.add("GET", "/a/:x/d", "parameter");
  routes.add("GET", "/*", "rest");
  EXPECT_EQ(routes.at("GET", "/a/b/d"), "parameter x=b");
  EXPECT_EQ(routes.at("GET", "/a/b/e"), "rest *=a/b/e");
  EXPECT_EQ(routes.at("GET", "/"), "rest *=");
}

TEST(Router, DecodesParametersAfterSplitting) {
  Routes routes;
  routes.add("GET", "/users/:id/name", "name");
  EXPECT_EQ(routes.at("GET", "/users/a%2Fb/name"), "name id=a/b");
  EXPECT_EQ(routes.at("GET", "/users/a/b/name"), "404");
  EXPECT_EQ(routes.at("GET", "/users//name"), "404") << "a parameter is never empty";
  EXPECT_EQ(routes.at("GET", "/us%65rs/1/name"), "name id=1");
  EXPECT_EQ(routes.at("GET", "/users/%zz/name"), "404");
  EXPECT_EQ(routes.at("GET", ""), "404");
}

TEST(Router, ParameterNamesBelongToTheMethod) {
  Routes routes;
  routes.add("GET", "/a/:one", "get");
  routes.add("PUT", "/a/:two", "put");
  EXPECT_EQ(routes.at("GET", "/a/1"), "get one=1");
  EXPECT_EQ(routes.at("PUT", "/a/1"), "put two=1");
  EXPECT_EQ(routes.at("HEAD", "/a/1"), "get one=1");
}

TEST(Router, RefusesWhatIsTakenAndFreesWhatIsRemoved) {
  Routes routes;
  const auto id = routes.add("GET", "/a/:x", "first");
  try {
    routes.add("GET", "/a/:y", "second");
    FAIL() << "the same path by another name";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::Conflict);
  }
  EXPECT_EQ(routes.at("GET", "/a/1"), "first x=1");
  routes.router.remove(id);
  routes.router.remove(id);
  EXPECT_EQ(routes.at("GET", "/a/1"), "404");
  routes.add("GET", "/a/:y", "second");
  EXPECT_EQ(routes.at("GET", "/a/1"), "second y=1");
  EXPECT_THROW(routes.add("GET", "relative", "no"), Error);
}

TEST(Router, UpgradesLiveBesideMethods) {
  Routes routes;
  routes.add("GET", "/socket.io/", "poll");
  routes.router.addUpgrade("/socket.io/", [](const Request&, const std::shared_ptr<net::Connection>&) {});
  routes.router.addUpgrade("/ws", [](const Request&, const std::shared_ptr<net::Connection>&) {});
  EXPECT_EQ(routes.at("GET", "/socket.io/"), "poll");
  EXPECT_TRUE(routes.router.find("GET", "/socket.io/").upgrade);
  EXPECT_EQ(routes.at("GET", "/ws"), "404");
  EXPECT_TRUE(routes.router.find("GET", "/ws").upgrade);
  EXPECT_THROW(routes.router.addUpgrade("/ws", {}), Error);
}

TEST(Router, ListsItsRoutesByPath) {
  Router router;
  const auto ignore = [](const Request&, const Responder&) {};
  router.add("PUT", "/b/:id", ignore);
  router.add("GET", "/b/:id", ignore);
  const auto gone = router.add("GET", "/a", ignore);
  router.addUpgrade("/ws", [](const Request&, const std::shared_ptr<net::Connection>&) {});
  router.remove(gone);
  EXPECT_THAT(router.list(), ElementsAre(Pair("GET", "/b/:id"), Pair("PUT", "/b/:id"), Pair("upgrade", "/ws")));
}

TEST(Url, DecodesAndRefuses) {
  EXPECT_EQ(percentDecode("a%20b%E4%BD%A0"), "a b你");
  EXPECT_EQ(percentDecode("a+b"), "a+b");
  EXPECT_EQ(percentDecode("a+b", true), "a b");
  for (const auto* bad : {"%", "%2", "%g0", "a%"}) EXPECT_FALSE(percentDecode(bad)) << bad;
  for (const auto* bad : {"/%00", "/%0a", "/%7f", "/%ff", "/%c0%af", "/%ed%a0%80", "/%f4%90%80%80", "/%e4%bd"})
    EXPECT_FALSE(decodePath(bad)) << bad;
  EXPECT_EQ(decodePath("/%f0%9f%98%80"), "/😀");
  EXPECT_THAT(parseQuery("a=1&&b&c=%zz&=x&a=2+3"),
              ElementsAre(Pair("a", "1"), Pair("b", ""), Pair("c", "%zz"), Pair("", "x"), Pair("a", "2 3")));
  EXPECT_THAT(parseQuery(""), IsEmpty());
  const std::string_view query = "EIO=4&a%20b=%41&EIO=5&empty&c=%zz";
  EXPECT_EQ(findInQuery(query, "EIO"), "5") << "the last";
  EXPECT_EQ(findInQuery(query, "a b"), "A");
  EXPECT_EQ(findInQuery(query, "empty"), "");
  EXPECT_EQ(findInQuery(query, "c"), "%zz");
  for (const auto* none : {"", "IO", "eio", "a%20b"}) EXPECT_FALSE(findInQuery(query, none)) << none;
}

TEST(Headers, CompareNamesWithoutCaseAndFindTokens) {
  Headers headers;
  headers.add("Connection", "keep-alive , Upgrade");
  headers.add("X-A", "1");
  headers.add("x-a", "2");
  EXPECT_TRUE(headers.hasToken("connection", "upgrade"));
  EXPECT_FALSE(headers.hasToken("connection", "up"));
  EXPECT_EQ(headers.get("X-a"), "1");
  headers.set("X-A", "3");
  EXPECT_EQ(std::distance(headers.begin(), headers.end()), 2);
  EXPECT_EQ(headers.get("x-a"), "3");
}

TEST(Cors, ByDefaultTheSameOriginOnly) {
  const Cors cors;
  EXPECT_TRUE(cors.allows("", "chat.example", false)) << "no web page";
  EXPECT_TRUE(cors.allows("http://chat.example", "chat.example", false));
  EXPECT_TRUE(cors.allows("http://chat.example:8080", "chat.example:8080", false));
  EXPECT_TRUE(cors.allows("https://chat.example", "chat.example:443", true));
  EXPECT_TRUE(cors.allows("https://Chat.Example", "chat.example", false)) << "TLS ends at the proxy";
  EXPECT_FALSE(cors.allows("http://chat.example", "chat.example", true));
  EXPECT_FALSE(cors.allows("http://chat.example:8080", "chat.example", false));
  EXPECT_FALSE(cors.allows("http://evil.example", "chat.example", false));
  EXPECT_FALSE(cors.allows("http://chat.example.evil", "chat.example", false));
  EXPECT_FALSE(cors.allows("null", "chat.example", false));
  EXPECT_FALSE(cors.allows("http://", "", false));
}

TEST(Cors, ListsAndEveryone) {
  Cors cors({.allowedOrigins = {"https://app.example"}, .allowCredentials = true});
  Response response;
  cors.addTo(response, "https://app.example", "chat.example", true);
  EXPECT_EQ(response.headers.get("Access-Control-Allow-Origin"), "https://app.example");
  EXPECT_EQ(response.headers.get("Access-Control-Allow-Credentials"), "true");
  EXPECT_FALSE(cors.allows("http://app.example", "chat.example", true));
  cors.reload({.allowedOrigins = {"*"}, .allowCredentials = true});
  Response open;
  cors.addTo(open, "https://any.example", "chat.example", true);
  EXPECT_EQ(open.headers.get("Access-Control-Allow-Origin"), "*");
  EXPECT_FALSE(open.headers.has("Access-Control-Allow-Credentials"));
}

TEST(Gzip, ReadsWhatTheClientTakes) {
  for (const auto* yes : {"gzip", "GZIP", "br, gzip;q=0.1", "*", "*;q=0.5", "gzip;q=1, *;q=0"})
    EXPECT_TRUE(acceptsGzip(yes)) << yes;
  for (const auto* no : {"", "br", "gzip;q=0", "gzip;q=0.0, *", "*;q=0", "xgzip"}) EXPECT_FALSE(acceptsGzip(no)) << no;
}

}  // namespace parley::http
