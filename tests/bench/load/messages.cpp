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
constexpr std::size_t fillingWindow = 8;

/// Counts, and has each client that was acknowledged send its next message.
class Exchange : public Scenario {
 public:
  void acknowledged(Client& client, std::string_view /*answer*/, double after) override {
    ++acknowledgedCount;
    acknowledgedAfter.push_back(after);
    if (again_) client.sendMessage();
  }
  void received(Client& /*client*/, std::string_view /*text*/) override { ++receivedCount; }

  /// Each of the senders keeps so many messages unacknowledged from now on.
  void start(const std::vector<Client*>& senders, std::size_t window) {
    again_ = true;
    for (std::size_t i = 0; i < window; ++i)
      for (auto* sender : senders) sender->sendMessage();
  }
  /// Those under way are the last.
  void stop() { again_ = false; }

  std::uint64_t acknowledgedCount = 0;
  std::uint64_t receivedCount = 0;
  std::vector<double> acknowledgedAfter;

 private:
  bool again_ = false;
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

/// Those who send in their pairs.
std::vector<Client*> addPairs(Load& load, int count) {
  std::vector<Client*> senders;
  for (int i = 0; i < count; ++i) {
    const auto one = "a" + std::to_string(i);
    const auto other = "b" + std::to_string(i);
    senders.push_back(&load.add(one, toUser(other)));
    load.add(other, toUser(one));
    load.untilReady();
  }
  load.untilQuiet();
  return senders;
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
             std::size_t window, std::uint64_t recipients, const std::string& prefix, Figures& figures) {
  // What a session's first message sets up is done before.
  for (auto* sender : senders) sender->sendMessage();
  load.untilAnswered();
  exchange.start(senders, window);
  load.run(std::chrono::duration<double>(target.warmUp));

  exchange.acknowledgedAfter.clear();
  const auto before = exchange.acknowledgedCount;
  Stopwatch watch(target.process);
  load.run(std::chrono::duration<double>(target.seconds));
  watch.stop();
  const auto count = static_cast<double>(exchange.acknowledgedCount - before);
  auto times = exchange.acknowledgedAfter;

  exchange.stop();
  expectAll(load, exchange, recipients);
  figures.addStretch(prefix, watch, count).addLatencies(prefix, times);
}

}  // namespace

void pairs(const Target& target, int count, std::size_t window) {
  Exchange exchange;
  Load load(target.port, &exchange);
  const auto senders = addPairs(load, count);
  Figures figures;
  measure(target, load, exchange, senders, window, 1, "", figures);
  figures.print();
}

void stored(const Target& target, int count, std::size_t most) {
  Exchange exchange;
  Load load(target.port, &exchange);
  const auto senders = addPairs(load, count);
  Figures figures;
  for (const std::size_t messages : {most / 100, most / 10, most}) {
    exchange.start(senders, fillingWindow);
    while (exchange.acknowledgedCount < messages) load.turn(std::chrono::milliseconds(10));
    exchange.stop();
    load.untilAnswered();
    measure(target, load, exchange, senders, 1, 1, std::to_string(messages) + '_', figures);
  }
  figures.print();
}

void groups(const Target& target, int count, int size, std::size_t window) {
  Exchange exchange;
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
  Figures figures;
  measure(target, load, exchange, senders, window, static_cast<std::uint64_t>(size - 1), "", figures);
  figures.print();
}

void rate(const Target& target, int count, double perSecond) {
  Paced paced(static_cast<std::size_t>(count));
  Load load(target.port, &paced);
  const auto senders = addPairs(load, count);
  // Each pair's session is made by its first message.
  for (auto* sender : senders) paced.send(*sender, Steady::now());
  load.untilAnswered();

  const auto interval = std::chrono::duration_cast<Steady::duration>(std::chrono::duration<double>(1 / perSecond));
  const auto warmUp = std::llround(target.warmUp * perSecond);
  const auto all = warmUp + std::llround(target.seconds * perSecond);
  const auto begin = Steady::now();
  Stopwatch watch(target.process);
  for (std::int64_t i = 0; i < all; ++i) {
    if (i == warmUp) {
      paced.forget();
      watch = Stopwatch(target.process);
    }
    const auto due = begin + i * interval;
    for (auto now = Steady::now(); now < due; now = Steady::now()) load.turn(due - now);
    paced.send(*senders[static_cast<std::size_t>(i % count)], due);
  }
  watch.stop();
  load.untilAnswered();
  Figures()
      .addStretch("", watch, static_cast<double>(all - warmUp))
      .addLatencies("", paced.acknowledgedAfter)
      .addLatencies("received_", paced.receivedAfter)
      .print();
}

}  // namespace bench
