// SPDX-License-Identifier: Apache-2.0
#include "ops/api_documents.h"

#include <gtest/gtest.h>
#include <parley/json.h>

#include <memory>
#include <string>
#include <thread>
#include <utility>

namespace parley::ops {
namespace {

class ApiDocumentsTest : public ::testing::Test {
 protected:
  http::Response get(const std::string& path, const std::string& ifNoneMatch = "") {
    const auto match = router_.find("GET", path);
    http::Response answer;
    if (!match.handler) {
      answer.status = 404;
      return answer;
    }
    http::Request request;
    if (!ifNoneMatch.empty()) request.headers.set("If-None-Match", ifNoneMatch);
    (*match.handler)(std::move(request), http::Responder([this, &answer](http::Response response) {
                       answer = std::move(response);
                       answeredOn_ = std::this_thread::get_id();
                     }));
    workers_.drain(Millis{10'000});
    return answer;
  }

  http::Router router_;
  base::WorkerPool workers_{1, 2};
  std::thread::id answeredOn_;
  std::unique_ptr<ApiDocuments> documents_ = std::make_unique<ApiDocuments>(router_, workers_);
};

TEST_F(ApiDocumentsTest, ServesBothDescriptionsAsJson) {
  const auto openapi = get("/api/openapi.json");
  EXPECT_EQ(openapi.status, 200);
  EXPECT_EQ(openapi.headers.get("Content-Type"), "application/json; charset=utf-8");
  EXPECT_EQ(boost::json::parse(openapi.body).at("openapi"), "3.1.0");
  EXPECT_EQ(boost::json::parse(get("/api/asyncapi.json").body).at("asyncapi"), "3.0.0");
}

TEST_F(ApiDocumentsTest, TheJsonIsCompleteInItself) {
  EXPECT_EQ(get("/api/openapi.json").body.find(".yaml#"), std::string::npos);
  const auto events = get("/api/asyncapi.json").body;
  EXPECT_EQ(events.find(".yaml#"), std::string::npos);
  EXPECT_TRUE(boost::json::parse(events).at("components").at("schemas").as_object().contains("Message"));
}

TEST_F(ApiDocumentsTest, ServesThemAsTheyWereWritten) {
  const auto yaml = get("/api/asyncapi.yaml");
  EXPECT_EQ(yaml.headers.get("Content-Type"), "application/yaml");
  EXPECT_NE(yaml.body.find("\nasyncapi: 3.0.0\n"), std::string::npos);
  EXPECT_NE(get("/api/openapi.yaml").body.find("聊天服务器运行正常"), std::string::npos);
}

TEST_F(ApiDocumentsTest, AnswersACurrentCopyWithoutABody) {
  const auto first = get("/api/openapi.json");
  const std::string tag(first.headers.get("ETag"));
  ASSERT_TRUE(tag.starts_with("W/\""));
  for (const auto& known : {tag, tag.substr(2), "\"other\", " + tag, std::string("*")}) {
    const auto again = get("/api/openapi.json", known);
    EXPECT_EQ(again.status, 304) << known;
    EXPECT_EQ(again.headers.get("ETag"), tag);
    EXPECT_TRUE(again.body.empty());
  }
  EXPECT_EQ(get("/api/openapi.json", "\"other\"").status, 200);
  EXPECT_EQ(get("/api/openapi.yaml", tag).status, 200);
}

TEST_F(ApiDocumentsTest, AnswersOnAWorkerAndWithoutOneAllTheSame) {
  EXPECT_EQ(get("/api/openapi.json").status, 200);
  EXPECT_NE(answeredOn_, std::this_thread::get_id());
  workers_.stop();
  EXPECT_EQ(get("/api/openapi.json").status, 200);
  EXPECT_EQ(answeredOn_, std::this_thread::get_id());
}

TEST_F(ApiDocumentsTest, TheRoutesGoWithIt) {
  documents_.reset();
  EXPECT_EQ(get("/api/openapi.json").status, 404);
}

}  // namespace
}  // namespace parley::ops
