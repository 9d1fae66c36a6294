// SPDX-License-Identifier: Apache-2.0
#include "rig.h"

namespace parley::plugin::test {
namespace {

class ClientsTest : public Rig {
 protected:
  ClientsTest() {
    install("clients");
    EXPECT_THAT(start(), testing::IsEmpty());
  }
};

TEST_F(ClientsTest, EventsAnswer) {
  EXPECT_EQ(ask("echo", {{"a", 1}}), R"({"a":1})");
  EXPECT_EQ(ask("refuse"), "CONFLICT");
}

TEST_F(ClientsTest, AnExceptionIsInternalForItsCallerAndTellsNothing) {
  const auto answer = send("throw").get();
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code(), ErrorCode::Internal);
  EXPECT_THAT(answer.error().detail(), testing::Not(testing::HasSubstr("secret")));
  EXPECT_EQ(ask("throw:int"), "INTERNAL");
  EXPECT_EQ(ask("echo", 1), "1");
  EXPECT_EQ(request("GET", "/probe/throw").code(), "INTERNAL");
}

TEST_F(ClientsTest, AnAnswerMayComeLater) {
  auto later = send("later");
  EXPECT_EQ(ask("now", "at last"), "null");
  EXPECT_EQ(text(later.get()), "\"at last\"");
  EXPECT_EQ(ask("later:drop"), "INTERNAL");
  EXPECT_EQ(ask("later:throw"), "INTERNAL");
  EXPECT_EQ(request("GET", "/probe/later").text(), R"(200 {"success":true,"data":"later"})");
  EXPECT_EQ(request("GET", "/probe/drop").code(), "INTERNAL");
}

TEST_F(ClientsTest, CallsAreCountedWhereTheyHappen) {
  ask("echo");
  ask("throw");
  std::map<std::string, Site> sites;
  for (const auto& site : status("clients").sites) sites[site.name] = site;
  EXPECT_EQ(sites["event echo"].calls, 1U);
  EXPECT_EQ(sites["event echo"].failures, 0U);
  EXPECT_EQ(sites["event throw"].failures, 1U);
}

TEST_F(ClientsTest, RoutesSeePathQueryHeadersAndJson) {
  http::Request get;
  get.query = "q=%FF";
  EXPECT_EQ(request("GET", "/probe/7", get).code(), "VALIDATION_FAILED");
  get.query = "q=a%20b";
  get.headers.set("User-Agent", std::string(300, 'x'));
  const auto answer = request("GET", "/probe/7", get);
  EXPECT_EQ(answer.status, 200);
  const auto& data = answer.body.as_object().at("data").as_object();
  EXPECT_EQ(data.at("id"), "7");
  EXPECT_EQ(data.at("q"), "a b");
  EXPECT_EQ(data.at("agent").as_string().size(), 256U);

  EXPECT_EQ(request("POST", "/probe", withBody("application/json; charset=utf-8", R"({"a":[1]})")).text(),
            R"(201 {"success":true,"data":{"a":[1]}})");
  EXPECT_EQ(request("POST", "/probe", withBody("text/plain", "a")).text(), R"(201 {"success":true,"data":null})");
}

TEST_F(ClientsTest, ABodyThatIsNotJsonIsRefused) {
  EXPECT_EQ(request("POST", "/probe", withBody("application/json", "{")).code(), "VALIDATION_FAILED");
  EXPECT_EQ(request("POST", "/probe", withBody("application/json", "{} {}")).code(), "VALIDATION_FAILED");
  EXPECT_EQ(request("POST", "/probe", withBody("application/json", "\"\xff\"")).code(), "VALIDATION_FAILED");
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(request("POST", "/probe", withBody("application/json", nested(32))).status, 201);
  EXPECT_EQ(request("POST", "/probe", withBody("application/json", nested(33))).status, 400);
}

TEST_F(ClientsTest, AccessIsCheckedOnPathQueryAndBody) {
  EXPECT_EQ(request("POST", "/probe/mine", withBody("application/json", R"({"userId":"ann"})")).text(),
            R"(200 {"success":true,"data":"ann"})");
  http::Request query;
  query.query = "userId=ann";
  EXPECT_EQ(request("GET", "/probe/session/s1", query).status, 200);
  EXPECT_EQ(request("GET", "/probe/session/s2", query).code(), "FORBIDDEN");
}

TEST_F(ClientsTest, FailuresSpeakTheCallersLanguage) {
  const auto messageFor = [this](const std::string& language) {
    http::Request get;
    get.headers.set("Accept-Language", language);
    return request("GET", "/probe/throw", get).body.as_object().at("message");
  };
  EXPECT_NE(messageFor("en"), messageFor("zh-CN"));
  EXPECT_EQ(messageFor("xx"), messageFor("zh-CN"));
}

TEST_F(ClientsTest, AllAnswersOfARouteHaveItsHeader) {
  for (const auto& [body, status] : {std::pair(R"({"userId":"ann"})", 200), {R"({"userId":7})", 400}, {"{", 400}}) {
    const auto answer = request("POST", "/probe/mine", withBody("application/json", body));
    EXPECT_EQ(answer.status, status) << body;
    EXPECT_EQ(answer.headers.get("X-Probe"), "1") << body;
  }
  EXPECT_FALSE(request("GET", "/probe/later").headers.has("X-Probe"));
}

TEST_F(ClientsTest, AResponseCannotBreakOutOfAHeader) {
  EXPECT_EQ(request("GET", "/probe/header").code(), "INTERNAL");
}

TEST_F(ClientsTest, AResponseIsAFinalOne) {
  for (const auto* status : {"99", "100", "103", "199", "600"})
    EXPECT_EQ(request("GET", std::string("/probe/status/") + status).code(), "INTERNAL") << status;
  EXPECT_EQ(request("GET", "/probe/status/299").status, 299);
}

TEST_F(ClientsTest, ANamespaceOfItsOwn) {
  const auto space = events_.findNamespace("/probe");
  ASSERT_TRUE(space);
  EventCall connect;
  connect.payload.args.push_back(JsonObject{{"token", "no"}});
  EXPECT_THROW(space->onConnect(connect), Error);
  connect.payload.args[0] = JsonObject{{"token", "yes"}};
  EXPECT_NO_THROW(space->onConnect(connect));
  EXPECT_EQ(ask("known", {}, "/probe"), "\"known\"");
  EXPECT_EQ(ask("other", {}, "/probe"), "\"other\"");
  space->onDisconnect({}, "transport close");
  EXPECT_EQ(metric("parley_clients_left"), 1);
}

TEST_F(ClientsTest, SwitchedOffItAnswersFeatureDisabledEverywhere) {
  const auto held = events_.find("/", "echo");  // as an event that is queued behind others
  const auto space = events_.findNamespace("/probe");
  host().disable("clients");

  EXPECT_EQ(status("clients").state, PluginState::Off);
  EXPECT_EQ(ask("echo"), "FEATURE_DISABLED");
  EXPECT_EQ(ask("known", {}, "/probe"), "FEATURE_DISABLED");
  EXPECT_TRUE(events_.findNamespace("/probe")->disabled);
  EXPECT_EQ(request("GET", "/probe/7").code(), "FEATURE_DISABLED");
  EXPECT_EQ(request("GET", "/probe/7").status, 404);

  std::string late;
  held->handler({}, [&](const Result<Answer>& answer) { late = text(answer); });
  EXPECT_EQ(late, "FEATURE_DISABLED");
  EXPECT_THROW(space->onConnect({}), Error);
  EXPECT_FALSE(isMapped("clients")) << "a row that is still held keeps nothing of the library";

  host().enable("clients");
  EXPECT_EQ(ask("echo", 1), "1");
  EXPECT_EQ(request("GET", "/probe/7").status, 200);
}

TEST_F(ClientsTest, AFullWorkerPoolIsUnavailable) {
  store_.block();
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(workers_.post([this] { (void)store_.count("block", {}); }));
  store_.waitUntilWaiting(2);
  while (workers_.post([] {})) continue;
  EXPECT_EQ(request("GET", "/probe/7").code(), "UNAVAILABLE");
  store_.unblock();
}

TEST_F(Rig, APluginThatIsOffFromTheStartIsDormant) {
  install("clients");
  EXPECT_THAT(start({"clients"}), testing::IsEmpty());
  EXPECT_EQ(ask("echo"), "FEATURE_DISABLED");
  EXPECT_EQ(request("POST", "/probe").code(), "FEATURE_DISABLED");
  EXPECT_FALSE(isMapped("clients"));
  host().enable("clients");
  EXPECT_EQ(ask("echo", 1), "1");
}

TEST_F(Rig, TwoPluginsForOneEvent) {
  install("clients");
  install("rival");
  EXPECT_THAT(start(), testing::ElementsAre(
                           testing::AllOf(testing::HasSubstr("rival"), testing::HasSubstr("is taken by clients"))));
  EXPECT_EQ(status("rival").state, PluginState::Failed);
  EXPECT_EQ(ask("echo", 1), "1");
  EXPECT_EQ(request("GET", "/probe/7").status, 200);

  host().disable("clients");
  host().enable("rival");
  EXPECT_EQ(ask("echo", 2), "2") << "a dormant row gives way";
}

}  // namespace
}  // namespace parley::plugin::test
