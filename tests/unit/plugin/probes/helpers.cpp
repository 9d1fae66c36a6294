// SPDX-License-Identifier: Apache-2.0
// What clients do not see: services, timers, metrics, collections, data subjects, callbacks handed to the host.
#include <parley/plugin.h>

#include <functional>
#include <string>
#include <vector>

using namespace parley;

namespace {

class Helpers final : public Plugin {
 public:
  void setup(Scope& scope) override {
    scope_ = &scope;
    prefix_ = scope.config().text("prefix");
    fired_ = &scope.metric("fired", "Callbacks that came");
    scope.provide("helpers.greet", [this](const Json& name) -> Json {
      if (!name.is_string()) throw Error(ErrorCode::ValidationFailed, "a name, please");
      return Json(prefix_ + std::string(name.get_string()));
    });
    auto& ticks = scope.metric("ticks", "Turns of the timer");
    scope.timer(Millis{1000}, [&ticks] { ticks.add(); });
    scope.messageType("poll");
    scope.sessionType("channel");
    scope.collection(
        {.name = "helpers", .idFields = {}, .dateFields = {}, .indexes = {{.name = "by_n", .fields = {{"n"}}}}});
    scope.dataSubject([](const std::string& userId) { return Json("held of " + userId); },
                      [](const std::string& userId) {
                        if (userId == "stuck") throw Error(ErrorCode::Unavailable, "cannot erase");
                      });
    scope.event("greet", Access::anyone(),
                [this](const EventCall& call) { return Answer(scope_->call("helpers.greet", call.data())); });
    scope.event("nobody", Access::anyone(),
                [this](const EventCall&) { return Answer(scope_->call("nobody.provides", nullptr)); });
    scope.event("callbacks", Access::anyone(), [this](const EventCall&) { return handOut(), Answer(); });
    scope.event("callbacks:null", Access::anyone(), [this](const EventCall&) { return Answer(refusals()); });
    scope.event("post", Access::anyone(),
                [this](const EventCall&) { return Answer(scope_->post([this] { fired_->add(); })); });
  }

 private:
  void handOut() {
    scope_->store().submit({}, [this](const Result<WriteSummary>&) { fired_->add(); });
    scope_->messages().send(MessageDraft{}, [this](const Result<Message>&) { fired_->add(); });
    scope_->sockets().ask("socket", Emit("question", Json()), Millis{1000},
                          [this](const Result<Payload>&) { fired_->add(); });
    Emit emit("told", Json());
    emit.onDelivered = [this](const std::string&) { fired_->add(); };
    scope_->sockets().toUsers({"ann", "bob"}, std::move(emit));
  }

  /// What is said where there is nothing to call later.
  JsonArray refusals() {
    const std::vector<std::function<void()>> calls{
        [this] { scope_->post(nullptr); },
        [this] { scope_->store().submit({}, nullptr); },
        [this] { scope_->messages().send(MessageDraft{}, nullptr); },
        [this] { scope_->sockets().ask("socket", Emit("question", Json()), Millis{1000}, nullptr); },
    };
    JsonArray said;
    for (const auto& call : calls) {
      try {
        call();
      } catch (const Error& error) {
        said.emplace_back(error.detail());
      }
    }
    return said;
  }

  Scope* scope_ = nullptr;
  Metric* fired_ = nullptr;
  std::string prefix_;
};

}  // namespace

PARLEY_PLUGIN(Helpers, .name = "helpers", .version = "1.0.0")
