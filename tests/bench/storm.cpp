// SPDX-License-Identifier: Apache-2.0
#include "client.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

namespace bench {

namespace {

constexpr std::chrono::seconds giveUpAfter{120};

double since(Steady::time_point begin) {
  return std::chrono::duration<double>(Steady::now() - begin).count();
}

/// Two who chat, one message at a time each way, in a thread of their own.
class Chat {
 public:
  Chat(int port, const std::string& name) {
    const auto one = name + "1";
    const auto other = name + "2";
    load_.add(port, one, toUser(other));
    load_.add(port, other, toUser(one));
    load_.untilReady(0);
    for (auto& client : load_.clients()) client->startSending(1);
    thread_ = std::thread([this] {
      while (!stopping_) load_.turn(10);
    });
  }
  ~Chat() { end(); }
  Chat(const Chat&) = delete;
  Chat& operator=(const Chat&) = delete;

  void report(const char* when) {
    end();
    std::vector<double> times;
    for (auto& client : load_.clients())
      times.insert(times.end(), client->latencies().begin(), client->latencies().end());
    std::sort(times.begin(), times.end());
    std::printf(
        "  a chat %s: %zu messages, acknowledged after %.1f ms (median), %.1f ms (99 of 100), %.1f ms (worst)\n", when,
        times.size(), percentile(times, 0.5), percentile(times, 0.99), percentile(times, 1));
    std::fflush(stdout);
  }

 private:
  void end() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
  }

  Load load_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

std::uint64_t statuses(Load& load) {
  std::uint64_t sum = 0;
  for (const auto& client : load.clients()) sum += client->statuses();
  return sum;
}

/// All connect and join at once; returns when they are in.
void comeAtOnce(Load& load, int port, int count, const char* what) {
  const auto begin = Steady::now();
  for (int i = 0; i < count; ++i) load.add(port, "storm" + std::to_string(i), "");
  while (load.waiting() > 0) {
    for (int i = 0; i < 64; ++i) load.turn(1);
    if (Steady::now() - begin > giveUpAfter) break;
  }
  const auto taken = since(begin);
  std::vector<double> times;
  for (const auto& client : load.clients())
    if (client->state() == Client::State::Ready) times.push_back(client->joinedAfter());
  std::sort(times.begin(), times.end());
  std::printf(
      "%zu of %d %s at once: all in after %.2f s (half of them after %.2f s); they heard %llu user:status so far\n",
      times.size(), count, what, taken, percentile(times, 0.5) / 1000, static_cast<unsigned long long>(statuses(load)));
  std::fflush(stdout);
}

void listen(Load& load, int seconds) {
  const auto begin = Steady::now();
  while (since(begin) < seconds) load.turn(10);
}

}  // namespace

int storm(int port, int count, int seconds) {
  {
    Chat quiet(port, "quiet");
    std::this_thread::sleep_for(std::chrono::seconds(seconds));
    quiet.report("at rest");
  }
  for (const auto* what : {"new users", "users who come again"}) {
    Load load;
    Chat beside(port, "beside");
    comeAtOnce(load, port, count, what);
    beside.report("beside it");
    Chat later(port, "later");
    listen(load, seconds);
    later.report("in the time after");
    std::printf("  user:status events that they heard in all: %llu\n", static_cast<unsigned long long>(statuses(load)));
  }
  return 0;
}

}  // namespace bench
