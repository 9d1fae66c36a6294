// SPDX-License-Identifier: Apache-2.0
#include "client.h"
#include "scenarios.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace bench {

namespace {

constexpr std::chrono::seconds giveUpAfter{120};

/// Two who chat, one message at a time each way, in a thread of their own.
class Chat : private Scenario {
 public:
  Chat(int port, const std::string& name) : load_(port, this) {
    const auto one = name + "1";
    const auto other = name + "2";
    load_.add(one, toUser(other));
    load_.add(other, toUser(one));
    load_.untilReady();
    for (auto& client : load_.clients()) client->sendMessage();
    thread_ = std::thread([this] {
      while (!stopping_) load_.turn(std::chrono::milliseconds(10));
    });
  }
  ~Chat() override { end(); }
  Chat(const Chat&) = delete;
  Chat& operator=(const Chat&) = delete;

  std::vector<double>& end() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
    return times_;
  }

 private:
  void acknowledged(Client& client, std::string_view /*answer*/, double after) override {
    times_.push_back(after);
    client.sendMessage();
  }

  Load load_;
  std::vector<double> times_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

std::string nameOf(int number) {
  return "storm" + std::to_string(number);
}

void makeGroups(int port, int count, int size) {
  for (int from = 0; from < count; from += size) {
    std::vector<std::string> members;
    for (int i = from; i < from + size; ++i) members.push_back(nameOf(i));
    makeGroup(port, members);
  }
}

/// All connect and join at once; seconds until the last one is in.
double comeAtOnce(Load& load, int count) {
  const auto begin = Steady::now();
  for (int i = 0; i < count; ++i) load.add(nameOf(i));
  while (load.waiting() > 0) {
    load.turn(std::chrono::seconds(1));
    if (Steady::now() - begin > giveUpAfter) die(std::to_string(load.waiting()) + " are not in");
  }
  return millisecondsSince(begin) / 1000;
}

}  // namespace

void storm(const Target& target, int count, int groupSize) {
  if (groupSize > 0) makeGroups(target.port, count, groupSize);
  Figures figures;
  {
    Chat quiet(target.port, "quiet");
    std::this_thread::sleep_for(std::chrono::duration<double>(target.seconds));
    figures.addLatencies("rest_", quiet.end());
  }
  for (const auto* when : {"new_", "again_"}) {
    Load load(target.port);
    Chat beside(target.port, std::string("beside_") + when);
    figures.add(std::string(when) + "seconds", comeAtOnce(load, count));
    figures.addLatencies(when, beside.end());
    load.run(std::chrono::duration<double>(target.seconds));
  }
  figures.print();
}

}  // namespace bench
