// SPDX-License-Identifier: Apache-2.0
// Calls what neither it nor the host has.
#include <parley/plugin.h>

using namespace parley;

extern "C" void nobody_has_this();

namespace {

class Incomplete final : public Plugin {
  void setup(Scope&) override { nobody_has_this(); }
};

}  // namespace

PARLEY_PLUGIN(Incomplete, .name = "incomplete", .version = "1.0.0")
