// SPDX-License-Identifier: Apache-2.0
// Leaves things behind that keep its library from being unloaded.
#include <parley/plugin.h>

#include <string>

using namespace parley;

namespace {

class Leaks final : public Plugin {
  void setup(Scope& scope) override {
    scope.deferredEvent("leak:reply", Access::anyone(), [](const EventCall&, const Reply& reply) {
      static Reply* kept = nullptr;
      kept = new Reply(reply);
      static_cast<void>(kept);
    });
    scope.event("leak:thread-local", Access::anyone(), [](const EventCall& call) {
      thread_local std::string last;
      last = call.name + " was the last event that this thread saw";
      return Answer(Json(last));
    });
  }
};

}  // namespace

PARLEY_PLUGIN(Leaks, .name = "leaks", .version = "1.0.0")
