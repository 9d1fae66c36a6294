// SPDX-License-Identifier: Apache-2.0
#include "client.h"
#include "scenarios.h"

namespace bench {

void idle(const Target& target, int count, std::size_t ahead) {
  Load load(target.port);
  const auto memory = target.process.residentBytes();
  const auto cpu = target.process.cpuSeconds();
  const auto begin = Steady::now();
  for (int i = 0; i < count; ++i) {
    load.add("idle" + std::to_string(i));
    load.untilReady(ahead);
  }
  load.untilReady();
  const auto taken = millisecondsSince(begin) / 1000;
  const auto cpuTaken = target.process.cpuSeconds() - cpu;
  load.untilQuiet();
  load.run(std::chrono::seconds(2));
  const auto each = [count](double sum) { return sum / count; };
  Figures()
      .add("perSecond", count / taken)
      .add("bytesEach", each(target.process.residentBytes() - memory))
      .add("cpuMicros", each(cpuTaken * 1e6))
      .print();
}

}  // namespace bench
