// SPDX-License-Identifier: Apache-2.0
// Fails where its setting says.
#include <parley/plugin.h>

#include <stdexcept>
#include <string>

using namespace parley;

namespace {

class Faults final : public Plugin {
 public:
  void setup(Scope& scope) override {
    host_ = &scope;
    where_ = scope.config().text("where");
    scope.event("faults", Access::anyone(), [](const EventCall&) { return Answer("fine"); });
    scope.before<hooks::MessageSend>(
        [](MessageDraft& draft) {
          if (draft.content == "fail") throw std::runtime_error("broken");
        },
        {.onFailure = OnHookFailure::Require});
    failAt("setup");
    if (where_ == "twice") scope.event("faults", Access::anyone(), [](const EventCall&) { return Answer(); });
    if (where_ == "empty") scope.before<hooks::MessageSend>(nullptr);
    if (where_ == "help") scope.metric("faults", "two\nlines");
    if (where_ == "route")
      scope.route("GET", "/probe/:other", Access::anyone(), [](const HttpCall&) { return HttpResponse::ok({}); });
    if (where_ == "late") scope_ = &scope;
  }
  void start() override {
    failAt("start");
    if (scope_ != nullptr) scope_->event("too:late", Access::anyone(), [](const EventCall&) { return Answer(); });
  }
  void stop() override {
    if (where_ == "block") host_->store().count("block", {});
    failAt("stop");
  }

 private:
  class Own : public std::runtime_error {
   public:
    using std::runtime_error::runtime_error;
  };
  void failAt(const std::string& step) const {
    if (where_ == step) throw Own("on purpose in " + step);
  }
  std::string where_;
  Scope* host_ = nullptr;
  Scope* scope_ = nullptr;
};

}  // namespace

PARLEY_PLUGIN(Faults, .name = "faults", .version = "1.0.0")
