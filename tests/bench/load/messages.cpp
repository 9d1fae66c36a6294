// SPDX-License-Identifier: Apache-2.0
// Messages between few: pairs and small groups.
#include "client.h"
#include "scenarios.h"

#include <cmath>
#include <deque>
#include <vector>

namespace bench {

namespace {

constexpr std::chrono::seconds giveUpAfter{60};

/// Counts, and has each client that was acknowledged send its next message.
class Exchange : public Scenario {
 public:
  explicit Exchange(bool again) : again_(again) {}

  void acknowledged(Client& client, std::string_view /*answer*/, double after) override {
    ++acknowledgedCount;
    acknowledgedAfter.push_back(after);
    if (again_) client.sendMessage();
  }
  void received(Client& /*client*/, std::string_view /*text*/) override { ++receivedCount; }

  /// Those under way are the last.
  void stop() { again_ = false; }

  std::uint64_t acknowledgedCount = 0;
  std::uint64_t receivedCount = 0;
  std::vector<double> acknowledgedAfter;

 private:
  bool again_;
};

/// Messages at a fixed rate: from when each was due until it was acknowledged, and until it was received.
class Paced : public Scenario {
 public:
  explicit Paced(std::size_t count) : unacknowledged_(count), unreceived_(count) {}

  void send(Client& client, Steady::time_point due) {
    unacknowledged_[client.index() / 2].push_back(due);
    unreceived_[client.index() / 2].push_back(due);
    client.sendMessage();
  }
  void acknowledged(Client& client, std::string_view /*answer*/, double /*after*/) override {
    take(unacknowledged_[client.index() / 2], acknowledgedAfter);
  }
  void received(Client& client, std::string_view /*text*/) override {
    take(unreceived_[client.index() / 2], receivedAfter);
  }
  void forget() {
    acknowledgedAfter.clear();
    receivedAfter.clear();
  }

  std::vector<double> acknowledgedAfter;
  std::vector<double> receivedAfter;

 private:
  using Times = std::deque<Steady::time_point>;

  static void take(Times& times, std::vector<double>& after) {
    after.push_back(millisecondsSince(times.front()));
    times.pop_front();
  }

  std::vector<Times> unacknowledged_;
  std::vector<Times> unreceived_;
};

void addPairs(Load& load, int count) {
  for (int i = 0; i < count; ++i) {
    const auto one = "a" + std::to_string(i);
    const auto other = "b" + std::to_string(i);
    load.add(one, toUser(other));
    load.add(other, toUser(one));
    load.untilReady();
  }
  load.untilQuiet();
}

/// An acknowledged message reaches each of its recipients, once.
void expectAll(Load& load, const Exchange& exchange, std::uint64_t recipients) {
  const auto begin = Steady::now();
  while (load.underWay() > 0 || exchange.receivedCount < exchange.acknowledgedCount * recipients) {
    load.turn(std::chrono::milliseconds(10));
    if (Steady::now() - begin > giveUpAfter) break;
  }
  load.run(std::chrono::milliseconds(100));
  if (load.underWay() > 0 || exchange.receivedCount != exchange.acknowledgedCount * recipients)
    die(std::to_string(exchange.acknowledgedCount) + " acknowledged, " + std::to_string(load.underWay()) +
        " not, but received " + std::to_string(exchange.receivedCount));
}

void measure(const Target& target, Load& load, Exchange& exchange, const std::vector<Client*>& senders,
             std::size_t window, std::uint64_t recipients) {
  for (std::size_t i = 0; i < window; ++i)
    for (auto* sender : senders) sender->sendMessage();
  load.run(std::chrono::duration<double>(target.warmUp));

  exchange.acknowledgedAfter.clear();
  const auto before = exchange.acknowledgedCount;
  const auto cpu = target.process.cpuSeconds();
  const auto begin = Steady::now();
  load.run(std::chrono::duration<double>(target.seconds));
  const auto taken = millisecondsSince(begin) / 1000;
  const auto cpuTaken = target.process.cpuSeconds() - cpu;
  const auto count = static_cast<double>(exchange.acknowledgedCount - before);
  auto times = exchange.acknowledgedAfter;

  exchange.stop();
  expectAll(load, exchange, recipients);
  Figures().add("perSecond", count / taken).addLatencies("", times).add("cpuMicros", cpuTaken * 1e6 / count).print();
}

}  // namespace

void pairs(const Target& target, int count, std::size_t window) {
  Exchange exchange(true);
  Load load(target.port, &exchange);
  addPairs(load, count);
  std::vector<Client*> senders;
  for (std::size_t i = 0; i < load.clients().size(); i += 2) senders.push_back(&load[i]);
  measure(target, load, exchange, senders, window, 1);
}

void groups(const Target& target, int count, int size, std::size_t window) {
  Exchange exchange(true);
  Load load(target.port, &exchange);
  std::vector<Client*> senders;
  for (int i = 0; i < count; ++i) {
    std::vector<std::string> members;
    for (int k = 0; k < size; ++k) members.push_back("g" + std::to_string(i) + "m" + std::to_string(k));
    for (const auto& member : members) senders.push_back(&load.add(member));
    load.untilReady();
    const auto group = toSession(makeGroup(target.port, members));
    for (int k = 0; k < size; ++k) senders[senders.size() - 1 - static_cast<std::size_t>(k)]->setTarget(group);
  }
  load.untilQuiet();
  measure(target, load, exchange, senders, window, static_cast<std::uint64_t>(size - 1));
}

void rate(const Target& target, int count, double perSecond) {
  Paced paced(static_cast<std::size_t>(count));
  Load load(target.port, &paced);
  addPairs(load, count);
  // Each pair's session is made by its first message.
  for (std::size_t i = 0; i < load.clients().size(); i += 2) paced.send(load[i], Steady::now());
  load.untilQuiet();

  const auto interval = std::chrono::duration_cast<Steady::duration>(std::chrono::duration<double>(1 / perSecond));
  const auto warmUp = std::llround(target.warmUp * perSecond);
  const auto all = warmUp + std::llround(target.seconds * perSecond);
  const auto begin = Steady::now();
  double cpu = 0;
  for (std::int64_t i = 0; i < all; ++i) {
    if (i == warmUp) {
      paced.forget();
      cpu = target.process.cpuSeconds();
    }
    const auto due = begin + i * interval;
    for (auto now = Steady::now(); now < due; now = Steady::now()) load.turn(due - now);
    paced.send(load[static_cast<std::size_t>(i % count) * 2], due);
  }
  const auto cpuTaken = target.process.cpuSeconds() - cpu;
  load.untilQuiet();
  if (load.underWay() > 0) die(std::to_string(load.underWay()) + " messages were not acknowledged");
  Figures()
      .addLatencies("", paced.acknowledgedAfter)
      .addLatencies("received_", paced.receivedAfter)
      .add("cpuMicros", cpuTaken * 1e6 / static_cast<double>(all - warmUp))
      .print();
}

}  // namespace bench
