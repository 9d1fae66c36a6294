// SPDX-License-Identifier: Apache-2.0
#include "client.h"
#include "scenarios.h"

#include <cstdio>
#include <iostream>
#include <vector>

namespace bench {

namespace {

/// A message at a time: done when it is acknowledged and all others have it.
class Lockstep : public Scenario {
 public:
  explicit Lockstep(Load& load) : load_(load) {}

  void send(Client& sender, std::size_t recipients) {
    left_ = recipients + 1;
    sender.sendMessage();
    while (left_ > 0)
      if (!load_.turn(std::chrono::seconds(60))) die("a message got lost");
  }

  void acknowledged(Client& /*client*/, std::string_view /*answer*/, double /*after*/) override { --left_; }
  void received(Client& /*client*/, std::string_view /*text*/) override { --left_; }

 private:
  Load& load_;
  std::size_t left_ = 0;
};

}  // namespace

void lockstep(const Target& target, int members) {
  Load load(target.port);
  Lockstep scenario(load);
  std::vector<std::string> ids;
  for (int i = 0; i < members; ++i) {
    ids.push_back("m" + std::to_string(i));
    load.add(ids.back());
    load.untilReady();
  }
  load.untilQuiet();
  load[0].setTarget(members == 2 ? toUser(ids[1]) : toSession(makeGroup(target.port, ids)));
  load.untilQuiet();
  load.hear(scenario);
  for (int count = 0; std::cin >> count;) {
    for (int i = 0; i < count; ++i) scenario.send(load[0], static_cast<std::size_t>(members - 1));
    load.untilQuiet();
    std::cout << "done" << std::endl;
  }
}

}  // namespace bench
