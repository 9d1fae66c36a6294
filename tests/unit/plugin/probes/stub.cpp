// SPDX-License-Identifier: Apache-2.0
// Says its version; PROBE_NAME, PROBE_VERSION and PROBE_DEPENDS come from the build.
#include <parley/plugin.h>

#ifndef PROBE_DEPENDS
#define PROBE_DEPENDS nullptr
#endif

using namespace parley;

namespace {

class Stub final : public Plugin {
  void setup(Scope& scope) override {
    scope.event(PROBE_NAME ":version", Access::anyone(), [](const EventCall&) { return Answer(Json(PROBE_VERSION)); });
  }
};

}  // namespace

PARLEY_PLUGIN(Stub, .name = PROBE_NAME, .version = PROBE_VERSION, .dependsOn = {PROBE_DEPENDS})
