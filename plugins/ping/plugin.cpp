// SPDX-License-Identifier: Apache-2.0
#include <parley/plugin.h>

using namespace parley;

namespace {

class Ping final : public Plugin {
  void setup(Scope& scope) override {
    scope.event("ping", Access::anyone(), [](const EventCall& call) {
      return Answer(JsonObject{{"pong", call.data()}}).with(call.payload.attachments);
    });
    scope.route("GET", "/api/ping", Access::anyone(), [](const HttpCall&) {
      return HttpResponse::ok(JsonObject{{"pong", true}});
    });
  }
};

}  // namespace

PARLEY_PLUGIN(Ping, .name = "ping", .version = "1.0.0", .summary = "Answers ping")
