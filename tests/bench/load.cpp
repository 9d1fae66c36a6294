// SPDX-License-Identifier: Apache-2.0
// The clients of tests/bench/run: by hand, so that the client costs little beside the server.
//   load PORT idle N             N joined users; prints "ready", stays until standard input ends
//   load PORT pairs N WINDOW S   N pairs, each user with WINDOW messages under way, for S seconds; prints one line
//   load PORT groups N SIZE WINDOW S   N groups of SIZE users, the same
//   load PORT storm N S          N users come at once, and once more, beside two who chat; S seconds between the steps
#include "client.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using namespace bench;

/// A few at a time: a user who joins is announced to the others.
int idle(int port, int count) {
  Load load;
  for (int i = 0; i < count; ++i) {
    load.add(port, "idle" + std::to_string(i), "");
    if (i % 50 == 49) load.untilReady(0);
  }
  load.untilReady(0);
  std::puts("ready");
  std::fflush(stdout);
  load.watchInput();
  while (load.turn(1000)) {
  }
  return 0;
}

/// Sends for so long; each message is for so many others.
int measure(Load& load, std::uint64_t recipients, std::size_t window, int seconds) {
  const auto begin = Steady::now();
  for (auto& client : load.clients()) client->startSending(window);
  while (Steady::now() - begin < std::chrono::seconds(seconds)) load.turn(10);
  std::uint64_t acknowledged = 0;
  for (auto& client : load.clients()) {
    client->stop();
    acknowledged += client->acknowledged();
  }
  const std::chrono::duration<double> taken = Steady::now() - begin;

  // Everything that is under way comes to its end: a message that was acknowledged is received, once.
  std::uint64_t all = 0;
  std::uint64_t received = 0;
  for (const auto end = Steady::now() + std::chrono::seconds(30); Steady::now() < end;) {
    load.turn(10);
    all = received = 0;
    std::size_t open = 0;
    for (auto& client : load.clients()) {
      all += client->acknowledged();
      received += client->received();
      open += client->underWay();
    }
    if (open == 0 && received >= all * recipients) break;
  }
  if (received != all * recipients)
    die(std::to_string(all) + " acknowledged but " + std::to_string(received) + " received");

  std::vector<double> times;
  for (auto& client : load.clients()) times.insert(times.end(), client->latencies().begin(), client->latencies().end());
  std::sort(times.begin(), times.end());
  std::printf("%.0f messages/s; acknowledged after %.2f ms (median), %.2f ms (99 of 100)\n",
              static_cast<double>(acknowledged) / taken.count(), percentile(times, 0.5), percentile(times, 0.99));
  return 0;
}

int pairs(int port, int count, std::size_t window, int seconds) {
  Load load;
  for (int i = 0; i < count; ++i) {
    const auto a = "a" + std::to_string(i);
    const auto b = "b" + std::to_string(i);
    load.add(port, a, toUser(b));
    load.add(port, b, toUser(a));
    load.untilReady(0);
  }
  return measure(load, 1, window, seconds);
}

/// Its id.
std::string makeGroup(int port, const std::vector<std::string>& members) {
  std::string list;
  for (const auto& member : members) list += (list.empty() ? "\"" : ",\"") + member + '"';
  const auto answer =
      post(port, "/api/chat/sessions/group",
           R"({"sessionName":"group","creatorId":")" + members.front() + R"(","participants":[)" + list + "]}");
  constexpr std::string_view before = R"("_id":")";
  const auto at = answer.find(before);
  if (at == std::string::npos) die("no group: " + answer);
  return answer.substr(at + before.size(), 24);
}

int groups(int port, int count, int size, std::size_t window, int seconds) {
  Load load;
  for (int i = 0; i < count; ++i) {
    std::vector<std::string> members;
    for (int k = 0; k < size; ++k) members.push_back("g" + std::to_string(i) + "m" + std::to_string(k));
    const auto target = toSession(makeGroup(port, members));
    for (const auto& member : members) load.add(port, member, target);
    load.untilReady(0);
  }
  return measure(load, static_cast<std::uint64_t>(size - 1), window, seconds);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() == 3 && arguments[1] == "idle") return idle(std::atoi(argv[1]), std::atoi(argv[3]));
  if (arguments.size() == 5 && arguments[1] == "pairs")
    return pairs(std::atoi(argv[1]), std::atoi(argv[3]), static_cast<std::size_t>(std::atoi(argv[4])),
                 std::atoi(argv[5]));
  if (arguments.size() == 6 && arguments[1] == "groups")
    return groups(std::atoi(argv[1]), std::atoi(argv[3]), std::atoi(argv[4]),
                  static_cast<std::size_t>(std::atoi(argv[5])), std::atoi(argv[6]));
  if (arguments.size() == 4 && arguments[1] == "storm")
    return storm(std::atoi(argv[1]), std::atoi(argv[3]), std::atoi(argv[4]));
  std::fputs(
      "usage: load PORT idle N | load PORT pairs N WINDOW SECONDS | load PORT groups N SIZE WINDOW SECONDS | load PORT "
      "storm N SECONDS\n",
      stderr);
  return 64;
}
