// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "plugin_scope.h"

#include <gmock/gmock.h>

#include <future>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace parley::chat::test {

/// A World with one plugin, called as the host calls it once access was checked.
class Stage : public ::testing::Test {
 protected:
  explicit Stage(std::string name) : name_(std::move(name)) { load(); }
  ~Stage() override { world.settle(); }

  void load(JsonObject settings = {}) {
    plugin.reset();
    plugin.emplace(world, registrations, name_, std::move(settings));
  }
  /// A client's event; returns the `data` of its acknowledgement.
  Json ask(const std::string& event, const std::string& userId, const Json& data, const std::string& role = "user") {
    EventCall call;
    call.name = event;
    call.caller.userId = userId;
    call.caller.role = role;
    call.caller.socketId = "s-" + userId;
    call.payload.args = {data};
    std::promise<Result<Answer>> promise;
    registrations.events.at(event)(call, [&](Result<Answer> answer) { promise.set_value(std::move(answer)); });
    return boost::json::parse(promise.get_future().get().value().toText()).at("data");
  }
  /// A request; returns the `data` of the answer.
  Json http(const std::string& route, std::map<std::string, std::string, std::less<>> params,
            std::map<std::string, std::string, std::less<>> query = {}, const std::string& userId = {},
            Json body = nullptr) {
    HttpCall call;
    call.caller.userId = userId;
    call.json = std::move(body);
    call.params = std::move(params);
    call.query = std::move(query);
    std::promise<Result<HttpResponse>> promise;
    registrations.routes.at(route)(call, [&](Result<HttpResponse> answer) { promise.set_value(std::move(answer)); });
    return boost::json::parse(promise.get_future().get().value().body).at("data");
  }
  Message send(const std::string& sessionId, const std::string& from, const std::string& content = "x") {
    return world.chat->messages().send(draft(sessionId, from, content));
  }
  /// A group; its first user owns it.
  std::string group(const std::vector<std::string>& userIds) {
    world.chat->sessionTypes().allow("group");
    return world.chat->sessions()
        .create({.type = "group", .name = "g", .ownerId = userIds.front(), .userIds = userIds})
        .id;
  }
  std::size_t heard(const std::string& event, const std::string& userId) {
    return world.sockets.sent(event, "user:" + userId).size();
  }

  World world;
  Registrations registrations;
  std::optional<LoadedPlugin> plugin;

 private:
  std::string name_;
};

}  // namespace parley::chat::test
