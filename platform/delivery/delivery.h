// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/counters.h"
#include "delivery/audience_cache.h"
#include "realtime/registry.h"

#include <parley/socket.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace parley::delivery {

/// Who gets it: finds an event's recipients, encodes it once for all of them and hands it to each one's loop, with one
/// task per loop; from a loop, to its own sockets at once. Emit::onDelivered may run on a loop, which it must not keep:
/// see realtime::Receipt. [any thread]
class Delivery final : public Sockets {
 public:
  Delivery(realtime::Registry& registry, realtime::EventEncoder& encoder, base::WorkerPool& pool);

  void toSocket(const std::string& socketId, Emit emit) override;
  void toUsers(const std::vector<std::string>& userIds, Emit emit) override;
  void toRoom(const std::string& room, Emit emit) override;
  void toEveryone(Emit emit) override;
  void ask(const std::string& socketId, Emit emit, Millis timeout, std::function<void(Result<Payload>)> done) override;
  void join(const std::string& socketId, const std::string& room) override;
  void leave(const std::string& socketId, const std::string& room) override;
  void disconnect(const std::string& socketId, bool closeConnection) override;
  bool bindUser(const std::string& socketId, const std::string& userId, const std::string& role) override;
  std::vector<std::string> socketsOf(const std::string& userId) const override;
  bool isOnline(const std::string& userId) const override;

  /// Ends every connection with the reason; none can be recovered. The clients see their transport close, and try
  /// again by themselves: a Socket.IO DISCONNECT would keep them from coming back to the restarted server.
  void disconnectAll(const std::string& reason = "server shutting down");

  /// How many events were sent, and to how many sockets all together.
  std::uint64_t events() const { return events_.get(); }
  std::uint64_t deliveries() const { return deliveries_.get(); }

 private:
  using Recipients = std::vector<realtime::SocketPtr>;

  void send(Recipients recipients, const Emit& emit, const std::shared_ptr<realtime::Receipt>& receipt = nullptr);
  void send(const SharedAudience& audience, const Emit& emit,
            const std::shared_ptr<realtime::Receipt>& receipt = nullptr);

  realtime::Registry& registry_;
  realtime::EventEncoder& encoder_;
  base::WorkerPool& pool_;
  AudienceCache audiences_;
  base::Counter events_;
  base::Counter deliveries_;
};

}  // namespace parley::delivery
