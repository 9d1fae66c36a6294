// SPDX-License-Identifier: Apache-2.0
// The entry of the plugin: its configuration and its registrations, nothing else.
#include "greeting.h"

#include <parley/plugin.h>

#include <optional>

using namespace parley;

namespace {

class Greeter final : public Plugin {
  void setup(Scope& scope) override {
    const auto& config = scope.config();
    greeting_.emplace(config.text("greeting"), static_cast<std::size_t>(config.integer("maxNameLength")));

    scope.event("greeter:greet", Access::anyone(), [this](const EventCall& call) {
      return Answer(Json(greeting_->forName(Fields(call.data()).text("name", 1024))));
    });
    scope.route("GET", "/api/greeter/:name", Access::anyone(), [this](const HttpCall& call) {
      return HttpResponse::ok(Json(greeting_->forName(*call.param("name"))));
    });
    scope.before<hooks::MessageSend>([this](MessageDraft& draft) { draft.content = greeting_->inText(draft.content); });
  }

  std::optional<greeter::Greeting> greeting_;
};

}  // namespace

PARLEY_PLUGIN(Greeter, .name = "greeter", .version = "0.1.0", .summary = "Greets by event, by route and in messages")
