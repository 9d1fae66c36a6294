// SPDX-License-Identifier: Apache-2.0
#include "client.h"
#include "scenarios.h"

namespace bench {

void idle(const Target& target, int count, std::size_t ahead) {
  constexpr std::chrono::seconds rest(3);  // for what a start leaves behind to be given back
  Load load(target.port);
  load.run(rest);
  const auto memory = target.process.residentBytes();
  Stopwatch watch(target.process);
  for (int i = 0; i < count; ++i) {
    load.add("idle" + std::to_string(i));
    load.untilReady(ahead);
  }
  load.untilReady();
  watch.stop();
  load.untilQuiet();
  load.run(rest);
  Figures().addStretch("", watch, count).add("bytesEach", (target.process.residentBytes() - memory) / count).print();
}

}  // namespace bench
