// SPDX-License-Identifier: Apache-2.0
// The clients of tests/bench/compare, all in one thread and by hand, so that they cost little beside the server:
//   load PORT PID SECONDS SCENARIO [ARGUMENT …]
// PID is the server's process. Prints figures as a line of JSON; scenarios.h says what each scenario does.
#include "scenarios.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

namespace {

using namespace bench;

using Arguments = std::vector<std::string>;

int number(const std::string& text) {
  return std::atoi(text.c_str());
}

struct Known {
  std::string name;
  std::string arguments;
  std::size_t count;
  std::function<void(const Target&, const Arguments&)> run;
};

const std::vector<Known>& known() {
  static const auto size = [](const std::string& text) { return static_cast<std::size_t>(number(text)); };
  static const std::vector<Known> all = {
      {"idle", "CLIENTS AHEAD", 2, [](const auto& t, const auto& a) { idle(t, number(a[0]), size(a[1])); }},
      {"pairs", "PAIRS WINDOW", 2, [](const auto& t, const auto& a) { pairs(t, number(a[0]), size(a[1])); }},
      {"stored", "PAIRS MESSAGES", 2, [](const auto& t, const auto& a) { stored(t, number(a[0]), size(a[1])); }},
      {"rate", "PAIRS PER_SECOND", 2, [](const auto& t, const auto& a) { rate(t, number(a[0]), number(a[1])); }},
      {"groups", "GROUPS SIZE WINDOW", 3,
       [](const auto& t, const auto& a) { groups(t, number(a[0]), number(a[1]), size(a[2])); }},
      {"fanout", "MEMBERS ONLINE FLIGHT", 3,
       [](const auto& t, const auto& a) { fanOut(t, number(a[0]), number(a[1]), size(a[2])); }},
      {"http", "PATH CONNECTIONS", 2, [](const auto& t, const auto& a) { http(t, a[0], number(a[1])); }},
      {"history", "MESSAGES CONNECTIONS", 2,
       [](const auto& t, const auto& a) { history(t, number(a[0]), number(a[1])); }},
      {"life", "CLIENTS", 1, [](const auto& t, const auto& a) { life(t, number(a[0])); }},
      {"storm", "CLIENTS GROUP_SIZE", 2, [](const auto& t, const auto& a) { storm(t, number(a[0]), number(a[1])); }},
      {"lockstep", "MEMBERS", 1, [](const auto& t, const auto& a) { lockstep(t, number(a[0])); }},
  };
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments given(argv + 1, argv + argc);
  if (given.size() >= 4) {
    const Arguments rest(given.begin() + 4, given.end());
    for (const auto& scenario : known()) {
      if (scenario.name != given[3] || scenario.count != rest.size()) continue;
      const auto seconds = std::atof(given[2].c_str());
      scenario.run({number(given[0]), Process(number(given[1])), seconds, std::min(1.0, seconds / 2)}, rest);
      return 0;
    }
  }
  std::fputs("usage: load PORT PID SECONDS SCENARIO …\n", stderr);
  for (const auto& scenario : known())
    std::fprintf(stderr, "  %s %s\n", scenario.name.c_str(), scenario.arguments.c_str());
  return 64;
}
