// SPDX-License-Identifier: Apache-2.0
#include "engine_fixture.h"

namespace parley::realtime {

class EngineFixture::Handler final : public SessionHandler {
 public:
  explicit Handler(Journal& journal) : journal_(journal) {}

  void onMessage(Session& session, std::string data, bool binary) override {
    constexpr std::string_view echo = "echo ";
    if (binary) {
      session.send(std::make_shared<const OutMessage>(session.framing(), "bytes", std::vector{data}), false);
    } else if (data.starts_with(echo)) {
      session.send(std::make_shared<const OutMessage>(session.framing(), data.substr(echo.size())), false);
    } else {
      journal_.add(data);
    }
  }
  void onPong() override { journal_.add("pong"); }
  void onClose(Session& /*session*/, const std::string& reason) override { journal_.add("closed: " + reason); }

 private:
  Journal& journal_;
};

std::unique_ptr<SessionHandler> EngineFixture::makeHandler(Session& session, const http::Request& handshake) {
  const std::lock_guard lock(mutex_);
  last_ = session.shared_from_this();
  lastHandshake_ = handshake;
  return std::make_unique<Handler>(journal_);
}

std::string EngineFixture::openPolling(TestClient& client) {
  const auto answer = client.request("GET", "/socket.io/?EIO=4&transport=polling");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body.substr(0, 1), "0");
  const auto open = boost::json::parse(answer.body.substr(1)).as_object();
  return "/socket.io/?EIO=4&transport=polling&sid=" + std::string(open.at("sid").as_string());
}

std::string EngineFixture::openDirect(TestClient& client) {
  EXPECT_EQ(client.openWebSocket("/socket.io/?EIO=4&transport=websocket").status, 101);
  const auto open = boost::json::parse(client.readText().substr(1)).as_object();
  EXPECT_TRUE(open.at("upgrades").as_array().empty());
  return std::string(open.at("sid").as_string());
}

}  // namespace parley::realtime
