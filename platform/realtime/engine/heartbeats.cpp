// SPDX-License-Identifier: Apache-2.0
#include "realtime/engine/heartbeats.h"

namespace parley::realtime {

Heartbeats::Heartbeats(net::EventLoop& loop, Millis interval, Millis timeout) : loop_(loop) {
  pings_.delay = interval;
  pings_.due = &Member::onPingDue;
  pongs_.delay = timeout;
  pongs_.due = &Member::onPongOverdue;
}

void Heartbeats::add(Queue& queue, Member& member) {
  member.unlink();
  member.due_ = loop_.now() + queue.delay;
  queue.members.push_back(member);
  if (!queue.armed) arm(queue);
}

void Heartbeats::arm(Queue& queue) {
  queue.armed = true;
  const auto left = std::chrono::ceil<Millis>(queue.members.front().due_ - loop_.now());
  loop_.after(std::max(left, Millis(0)), [this, &queue] { run(queue); });
}

void Heartbeats::run(Queue& queue) {
  queue.armed = false;
  while (!queue.members.empty() && queue.members.front().due_ <= loop_.now()) {
    Member& member = queue.members.front();
    member.unlink();
    (member.*queue.due)();
  }
  if (!queue.armed && !queue.members.empty()) arm(queue);
}

}  // namespace parley::realtime
