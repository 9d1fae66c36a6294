// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/time.h>

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace parley::net {

/// Timers of one thread: a hashed wheel, so that setting and cancelling are O(1) and a waiting timer costs one
/// small node. It reads no clock itself.
class TimerWheel {
 public:
  using Task = std::function<void()>;
  using Id = std::uint64_t;  ///< 0 is never a timer

  static constexpr Millis tick{10};

  explicit TimerWheel(Instant start);

  /// Never runs before `due`.
  Id add(Instant due, Task task);
  void cancel(Id id);

  /// When advance should be called next; nothing when no timer waits. May come early for timers that are far off.
  std::optional<Instant> next() const;
  /// Moves every task that is due at `now` to `run`, one after another; a task may add and cancel timers.
  void advance(Instant now, const std::function<void(Task&)>& run);
  /// Drops all timers.
  void clear();

 private:
  static constexpr std::size_t slotCount = 512;
  struct Node {
    Task task;
    std::uint64_t tick = 0;
    std::uint32_t next = 0;
    std::uint32_t previous = 0;
    std::uint32_t generation = 1;
    bool waiting = false;
  };

  std::uint32_t takeNode();
  void link(std::uint32_t index);
  void unlink(std::uint32_t index);
  Task release(std::uint32_t index);
  std::uint32_t find(Id id) const;
  void collect(std::size_t slot, std::uint64_t upTo, std::vector<Id>& due) const;

  Instant start_;
  std::uint64_t current_ = 0;
  std::array<std::uint32_t, slotCount> slots_{};  ///< first node of each list; node 0 is no node
  std::array<std::uint64_t, slotCount / 64> occupied_{};
  std::vector<Node> nodes_;
  std::uint32_t free_ = 0;
};

}  // namespace parley::net
