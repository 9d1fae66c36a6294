// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "plugin_scope.h"

#include <future>
#include <initializer_list>
#include <map>
#include <string>
#include <utility>

namespace parley::chat::test {

/// Plugins on a World, called as the host calls them once access was checked.
class Plugins : public ::testing::Test {
 protected:
  explicit Plugins(std::initializer_list<const char*> names = {"users", "private_chat", "messaging"}) {
    for (const auto* type : {"private", "group"}) world.chat->sessionTypes().remove(type);
    for (const auto* name : names) load(name);
  }
  ~Plugins() override { world.settle(); }

  void load(const std::string& name, JsonObject settings = {}) {
    loaded.erase(name);
    loaded.emplace(std::piecewise_construct, std::forward_as_tuple(name),
                   std::forward_as_tuple(world, registrations, name, std::move(settings)));
  }

  /// A client's event; returns what its acknowledgement carries.
  Json ask(const std::string& name, const std::string& userId, const std::string& socketId, const Json& data) {
    EventCall call;
    call.name = name;
    call.caller.userId = userId;
    call.caller.socketId = socketId;
    call.payload.args = {data};
    std::promise<Result<Answer>> promise;
    registrations.events.at(name)(call, [&](Result<Answer> answer) { promise.set_value(std::move(answer)); });
    return boost::json::parse(promise.get_future().get().value().toText());
  }
  Json join(const std::string& id, const std::string& socketId) {
    return ask("user:join", "", socketId, {{"id", id}, {"username", "name of " + id}});
  }

  HttpResponse http(const std::string& route, const Json& body,
                    std::map<std::string, std::string, std::less<>> params = {},
                    std::map<std::string, std::string, std::less<>> query = {}, const std::string& userId = {}) {
    HttpCall call;
    call.json = body;
    call.params = std::move(params);
    call.query = std::move(query);
    call.caller.userId = userId;
    std::promise<Result<HttpResponse>> promise;
    registrations.routes.at(route)(call, [&](Result<HttpResponse> answer) { promise.set_value(std::move(answer)); });
    return promise.get_future().get().value();
  }
  static Json bodyOf(const HttpResponse& response) { return boost::json::parse(response.body); }

  World world;
  Registrations registrations;
  std::map<std::string, LoadedPlugin> loaded;
};

}  // namespace parley::chat::test
