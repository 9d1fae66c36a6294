// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "figures.h"

#include <cstddef>
#include <string>

namespace bench {

/// Where the server is, and how long a measurement takes.
struct Target {
  int port = 0;
  Process process;
  double seconds = 8;
  double warmUp = 1;
};

/// `count` users connect and join, `ahead` at a time, and stay: per second, and memory for each.
void idle(const Target& target, int count, std::size_t ahead);

/// In each of `count` pairs one sends to the other and keeps `window` messages unacknowledged.
void pairs(const Target& target, int count, std::size_t window);

/// The same with one message unacknowledged, each time after so many are stored: a hundredth and a tenth of `most`, and
/// `most`. Figures have that number before their names.
void stored(const Target& target, int count, std::size_t most);

/// The pairs together send so many messages a second, whatever becomes of them; latencies count from when each was due.
void rate(const Target& target, int count, double perSecond);

/// In each of `count` groups of `size` every member keeps `window` messages unacknowledged.
void groups(const Target& target, int count, int size, std::size_t window);

/// One of the `online` of a group's `members` sends to it; `flight` messages are not with all of these yet.
void fanOut(const Target& target, int members, int online, std::size_t flight);

/// GET over `connections` that are kept alive; a path with `{session}` is one with 100 messages in it.
void http(const Target& target, const std::string& path, int connections);

/// GET of the newest, the middle and the oldest page of 50 of a session of so many messages.
void history(const Target& target, int messages, int connections);

/// `count` users, in groups of `groupSize` or in none (0), come at once, and once more, beside two who chat.
void storm(const Target& target, int count, int groupSize);

/// `count` users of whom a tenth is active: messages, typing, receipts, presence, coming and going. A line each 10 s.
void life(const Target& target, int count);

/// For each number in a line of standard input: one of `members`, two or a group, sends so many messages to the others,
/// each when all have the one before; answers "done" when nothing comes any more.
void lockstep(const Target& target, int members);

}  // namespace bench
