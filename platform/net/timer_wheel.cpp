// SPDX-License-Identifier: Apache-2.0
#include "net/timer_wheel.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace parley::net {

TimerWheel::TimerWheel(Instant start) : start_(start), nodes_(1) {}

std::uint32_t TimerWheel::takeNode() {
  if (free_ == 0) {
    nodes_.emplace_back();
    return static_cast<std::uint32_t>(nodes_.size() - 1);
  }
  const auto index = free_;
  free_ = nodes_[index].next;
  return index;
}

void TimerWheel::link(std::uint32_t index) {
  Node& node = nodes_[index];
  const std::size_t slot = node.tick % slotCount;
  node.previous = 0;
  node.next = slots_[slot];
  if (node.next != 0) nodes_[node.next].previous = index;
  slots_[slot] = index;
  occupied_[slot / 64] |= std::uint64_t{1} << (slot % 64);
}

void TimerWheel::unlink(std::uint32_t index) {
  const Node& node = nodes_[index];
  const std::size_t slot = node.tick % slotCount;
  if (node.next != 0) nodes_[node.next].previous = node.previous;
  if (node.previous != 0) {
    nodes_[node.previous].next = node.next;
  } else {
    slots_[slot] = node.next;
    if (node.next == 0) occupied_[slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
  }
}

TimerWheel::Task TimerWheel::release(std::uint32_t index) {
  unlink(index);
  Node& node = nodes_[index];
  node.waiting = false;
  ++node.generation;
  node.next = free_;
  free_ = index;
  return std::exchange(node.task, nullptr);
}

std::uint32_t TimerWheel::find(Id id) const {
  const auto index = static_cast<std::uint32_t>(id);
  if (index == 0 || index >= nodes_.size()) return 0;
  const Node& node = nodes_[index];
  return node.waiting && node.generation == static_cast<std::uint32_t>(id >> 32) ? index : 0;
}

TimerWheel::Id TimerWheel::add(Instant due, Task task) {
  const auto index = takeNode();
  Node& node = nodes_[index];
  const auto ticks = due <= start_ ? 0 : (due - start_ + tick - std::chrono::nanoseconds(1)) / tick;
  node.tick = std::max(static_cast<std::uint64_t>(ticks), current_ + 1);
  node.task = std::move(task);
  node.waiting = true;
  link(index);
  return Id{node.generation} << 32 | index;
}

void TimerWheel::cancel(Id id) {
  // The task is freed after the wheel is whole again: its captures may end other timers.
  if (const auto index = find(id); index != 0) const Task dropped = release(index);
}

std::optional<Instant> TimerWheel::next() const {
  const std::size_t first = (current_ + 1) % slotCount;
  for (std::size_t step = 0; step < slotCount;) {
    const std::size_t slot = (first + step) % slotCount;
    const std::uint64_t rest = occupied_[slot / 64] >> (slot % 64);
    if (rest != 0) {
      step += static_cast<std::size_t>(std::countr_zero(rest));
      return start_ + tick * static_cast<std::int64_t>(current_ + 1 + std::min(step, slotCount - 1));
    }
    step += 64 - slot % 64;
  }
  return std::nullopt;
}

void TimerWheel::collect(std::size_t slot, std::uint64_t upTo, std::vector<Id>& due) const {
  for (auto index = slots_[slot]; index != 0; index = nodes_[index].next)
    if (nodes_[index].tick <= upTo) due.push_back(Id{nodes_[index].generation} << 32 | index);
}

void TimerWheel::advance(Instant now, const std::function<void(Task&)>& run) {
  const auto target = now <= start_ ? 0 : static_cast<std::uint64_t>((now - start_) / tick);
  if (target <= current_) return;
  std::vector<Id> due;
  const auto steps = std::min<std::uint64_t>(target - current_, slotCount);
  for (std::uint64_t step = 1; step <= steps; ++step) {
    const std::size_t slot = (current_ + step) % slotCount;
    if (slots_[slot] != 0) collect(slot, target, due);
  }
  current_ = target;
  for (const Id id : due) {
    const auto index = find(id);
    if (index == 0) continue;
    Task task = release(index);
    run(task);
  }
}

void TimerWheel::clear() {
  for (std::uint32_t index = 1; index < nodes_.size(); ++index)
    if (nodes_[index].waiting) const Task dropped = release(index);
}

}  // namespace parley::net
