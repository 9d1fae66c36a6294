// SPDX-License-Identifier: Apache-2.0
#include "client.h"
#include "scenarios.h"

#include <random>
#include <vector>

namespace bench {

namespace {

constexpr std::size_t groupSize = 20;
constexpr std::size_t idleForEachActive = 9;
constexpr double actsPerSecond = 1;  // of an active user
constexpr std::chrono::seconds reportEach{10};

/// Users in pairs and in groups of twenty. One in ten does something each second; the others read what comes.
class Life : public Scenario {
 public:
  Life(const Target& target, int count)
      : target_(target), load_(target.port, this), away_(static_cast<std::size_t>(count)) {
    std::vector<std::string> members;
    for (int i = 0; i < count; ++i) {
      members.push_back("life" + std::to_string(i));
      load_.add(members.back());
      load_.untilReady(20);
      if (members.size() < groupSize && i + 1 < count) continue;
      groups_.push_back(makeGroup(target.port, members));
      members.clear();
    }
    load_.untilReady();
    load_.untilQuiet();
    sessions_.resize(load_.clients().size());
  }

  void run() {
    const auto actives = load_.clients().size() / (idleForEachActive + 1);
    const auto interval = std::chrono::duration_cast<Steady::duration>(
        std::chrono::duration<double>(1 / (actsPerSecond * static_cast<double>(actives))));
    const auto begin = Steady::now();
    const auto end =
        begin + std::chrono::duration_cast<Steady::duration>(std::chrono::duration<double>(target_.seconds));
    auto report = begin + reportEach;
    startReport();
    for (auto due = begin; due < end; due += interval) {
      for (auto now = Steady::now(); now < due; now = Steady::now()) load_.turn(due - now);
      act(load_[random(actives) * (idleForEachActive + 1)]);
      if (due < report) continue;
      print(millisecondsSince(begin) / 1000);
      report += reportEach;
    }
    print(millisecondsSince(begin) / 1000);
  }

  void acknowledged(Client& client, std::string_view answer, double after) override {
    times_.push_back(after);
    if (fieldOf(answer, "receiver").empty()) return;
    sessions_[client.index()] = fieldOf(answer, "sessionId");
  }

  /// Who is asked personally, reads.
  void received(Client& client, std::string_view text) override {
    ++received_;
    if (fieldOf(text, "receiver") == client.id())
      client.emit("message:read", json({{"messageId", fieldOf(text, "_id")}, {"userId", client.id()}}));
  }

 private:
  using Member = std::pair<std::string_view, std::string_view>;

  static std::string json(std::initializer_list<Member> members) {
    std::string text = "{";
    for (const auto& [name, value] : members)
      text.append(text.size() > 1 ? ",\"" : "\"").append(name).append("\":\"").append(value).append("\"");
    return text + '}';
  }

  std::size_t random(std::size_t below) { return std::uniform_int_distribution<std::size_t>(0, below - 1)(generator_); }

  void act(Client& client) {
    if (client.state() != Client::State::Ready || client.underWay() > 0) return;
    const auto& group = groups_[client.index() / groupSize];
    const auto what = random(100);
    if (what < 45) {
      if (const auto& session = sessions_[client.index()]; !session.empty())
        client.emit("typing:start", json({{"sessionId", session}, {"userId", client.id()}}));
      send(client, toUser(load_[client.index() ^ 1U].id()));
    } else if (what < 65) {
      send(client, toSession(group));
    } else if (what < 80) {
      client.emit("typing:start", json({{"sessionId", group}, {"userId", client.id()}}));
    } else if (what < 90) {
      const bool away = away_[client.index()] = !away_[client.index()];
      client.emit("user:status:update", away ? R"("away")" : R"("online")");
    } else if (what < 95) {
      client.emit("chat:history", json({{"sessionId", group}}));
    } else {
      load_.reconnect(client.index());
    }
  }

  static void send(Client& client, std::string target) {
    client.setTarget(std::move(target));
    client.sendMessage();
  }

  void startReport() {
    times_.clear();
    received_ = 0;
    watch_ = Stopwatch(target_.process);
  }

  void print(double at) {
    watch_.stop();
    const auto seconds = watch_.seconds();
    Figures()
        .add("at", at)
        .add("perSecond", static_cast<double>(times_.size()) / seconds)
        .add("receivedPerSecond", static_cast<double>(received_) / seconds)
        .addLatencies("", times_)
        .add("residentBytes", target_.process.residentBytes())
        .add("cpuPercent", watch_.cpuSeconds() / seconds * 100)
        .print();
    startReport();
  }

  const Target& target_;
  Load load_;
  std::mt19937 generator_{1};
  std::vector<std::string> groups_;
  std::vector<std::string> sessions_;  ///< of each client with its other half, once known
  std::vector<bool> away_;
  std::vector<double> times_;
  std::uint64_t received_ = 0;
  Stopwatch watch_{target_.process};
};

}  // namespace

void life(const Target& target, int count) {
  Life(target, count).run();
}

}  // namespace bench
