// SPDX-License-Identifier: Apache-2.0
#include "client.h"
#include "scenarios.h"

#include <vector>

namespace bench {

namespace {

/// Messages of one sender, whom all others receive in the same order: the n-th that a member receives is the n-th sent.
class FanOut : public Scenario {
 public:
  explicit FanOut(std::size_t members) : receivedBy_(members, 0) {}

  void send(Client& sender) {
    sender_ = &sender;
    sent_.push_back({Steady::now(), receivedBy_.size() - 1});
    sender.sendMessage();
  }

  void received(Client& client, std::string_view /*text*/) override {
    const auto number = receivedBy_[client.index()]++;
    auto& message = sent_.at(number);
    ++deliveries;
    if (deliveries % sampled == 0) times.push_back(millisecondsSince(message.at));
    if (--message.left > 0) return;
    completed.push_back(millisecondsSince(message.at));
    if (again) send(*sender_);
  }

  std::uint64_t deliveries = 0;
  std::vector<double> times;      ///< until a member has it
  std::vector<double> completed;  ///< until the last one has it
  bool again = true;

 private:
  static constexpr std::uint64_t sampled = 7;

  struct Sent {
    Steady::time_point at;
    std::size_t left;
  };

  Client* sender_ = nullptr;
  std::vector<Sent> sent_;
  std::vector<std::size_t> receivedBy_;
};

}  // namespace

void fanOut(const Target& target, int members, int online, std::size_t flight) {
  FanOut scenario(static_cast<std::size_t>(online));
  Load load(target.port, &scenario);
  std::vector<std::string> ids;
  for (int i = 0; i < members; ++i) {
    ids.push_back("m" + std::to_string(i));
    if (i >= online) continue;
    load.add(ids.back());
    load.untilReady(50);
  }
  load.untilReady();
  load.untilQuiet();
  load[0].setTarget(toSession(makeGroup(target.port, ids)));
  load.untilQuiet();

  for (std::size_t i = 0; i < flight; ++i) scenario.send(load[0]);
  load.run(std::chrono::duration<double>(target.warmUp));
  scenario.times.clear();
  scenario.completed.clear();
  const auto before = scenario.deliveries;
  Stopwatch watch(target.process);
  load.run(std::chrono::duration<double>(target.seconds));
  watch.stop();
  const auto count = static_cast<double>(scenario.deliveries - before);
  auto times = scenario.times;
  auto completed = scenario.completed;
  scenario.again = false;
  load.untilQuiet();
  Figures()
      .addStretch("", watch, count)
      .addLatencies("", times)
      .addLatencies("all_", completed)
      .add("messageCpuMicros", watch.cpuSeconds() * 1e6 / count * (online - 1))
      .print();
}

}  // namespace bench
