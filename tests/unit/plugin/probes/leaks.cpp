// SPDX-License-Identifier: Apache-2.0
// Leaves things behind that keep its library from being unloaded.
#include <parley/plugin.h>

#include <cstdint>
#include <string>

using namespace parley;

namespace {

class Leaks final : public Plugin {
  void setup(Scope& scope) override {
    scope.deferredEvent("leak:reply", Access::anyone(),
                        [this](const EventCall&, const Reply& reply) { kept_ = new Reply(reply); });
    // So that the test can free it when it has seen enough.
    scope.event("leak:where", Access::anyone(),
                [this](const EventCall&) { return Answer(Json(reinterpret_cast<std::uintptr_t>(kept_))); });
    scope.event("leak:thread-local", Access::anyone(), [](const EventCall& call) {
      thread_local std::string last;
      last = call.name + " was the last event that this thread saw";
      return Answer(Json(last));
    });
  }

  Reply* kept_ = nullptr;
};

}  // namespace

PARLEY_PLUGIN(Leaks, .name = "leaks", .version = "1.0.0")
