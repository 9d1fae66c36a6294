// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/counters.h"
#include "base/gate.h"
#include "base/token_bucket.h"
#include "realtime/client_socket.h"
#include "realtime/packet.h"

#include <parley/hooks.h>
#include <parley/time.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace parley::realtime {

struct DispatchOptions {
  base::Rate perSocket{5000, 10000};  ///< events of any kind
};

/// What is told of an answered event whose Access is audited. [any thread]
using Audit = std::function<void(hooks::CallAnswered::Call)>;

/// Takes clients' events to their handlers and the answers back. The one place of all prechecks.
class EventDispatcher {
 public:
  EventDispatcher(const EventTable& table, const base::Gate& gate, Registry& registry, EventEncoder& encoder,
                  const Clock& clock, DispatchOptions options, Audit audit = {});

  /// Queues an Event behind the others of its socket. When many wait, the line's input rests until they are worked
  /// off; when no more fit, the event is answered with UNAVAILABLE. [loop of `line`]
  void dispatch(const SocketPtr& socket, const LinePtr& line, Packet packet);

  /// From here on events are answered with UNAVAILABLE; those that were taken before go on. [any thread]
  void drain() { draining_ = true; }
  /// Events that were taken and not answered yet. [any thread]
  std::size_t pending() const { return pending_; }
  /// How many were refused since their socket had sent too many. [any thread]
  std::uint64_t limited() const { return limited_.get(); }

 private:
  class Pending;

  void run(Pending& event) const;
  void count(const Pending& event) const;
  void admit(Pending& event, const EventEntry* entry) const;
  void worked(const SocketPtr& socket) const;

  const EventTable& table_;
  const base::Gate& gate_;
  Registry& registry_;
  EventEncoder& encoder_;
  const Clock& clock_;
  const DispatchOptions options_;
  const Audit audit_;
  std::atomic<bool> draining_{false};
  std::atomic<std::size_t> pending_{0};
  mutable base::Counter limited_;
};

}  // namespace parley::realtime
