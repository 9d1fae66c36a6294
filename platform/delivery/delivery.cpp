// SPDX-License-Identifier: Apache-2.0
#include "delivery/delivery.h"

#include <cstdint>
#include <utility>

namespace parley::delivery {

using realtime::SocketPtr;

Delivery::Delivery(realtime::Registry& registry, realtime::EventEncoder& encoder, base::WorkerPool& pool)
    : registry_(registry), encoder_(encoder), pool_(pool), audiences_(registry) {}

void Delivery::send(Recipients recipients, const Emit& emit, const std::shared_ptr<realtime::Receipt>& receipt) {
  send(std::make_shared<const Audience>(std::move(recipients)), emit, receipt);
}

void Delivery::send(const SharedAudience& audience, const Emit& emit,
                    const std::shared_ptr<realtime::Receipt>& receipt) {
  auto except = emit.exceptSocket.empty() ? nullptr : registry_.find(emit.exceptSocket);
  if (except && !audience->has(except)) except = nullptr;
  const auto count = audience->size() - (except ? 1 : 0);
  if (count == 0) return;
  auto event = encoder_.encode(emit, audience->encodings(except));
  event->receipt = receipt;
  events_.add();
  deliveries_.add(count);
  for (const auto& part : audience->parts()) {
    part.loop->dispatch([event, audience, &part, except] {
      for (const auto& socket : part.sockets)
        if (socket != except) socket->deliver(event);
    });
  }
  if (receipt) receipt->handedOver();
}

void Delivery::toSocket(const std::string& socketId, Emit emit) {
  auto socket = registry_.find(socketId);
  if (socket && socket->nameSpace() == emit.nameSpace) send({std::move(socket)}, emit);
}

void Delivery::toUsers(const std::vector<std::string>& userIds, Emit emit) {
  // What is volatile (typing, presence) goes to lists that hardly come again.
  if (!emit.onDelivered)
    return send(emit.isVolatile ? audiences_.look(userIds, emit.nameSpace) : audiences_.of(userIds, emit.nameSpace),
                emit);
  Recipients recipients;
  std::vector<realtime::Receipt::Recipient> awaited;
  for (std::uint32_t user = 0; user < userIds.size(); ++user) {
    const auto first = recipients.size();
    registry_.collectUser(userIds[user], emit.nameSpace, recipients);
    for (auto i = first; i < recipients.size(); ++i)
      if (recipients[i]->id() != emit.exceptSocket) awaited.push_back({recipients[i].get(), user});
  }
  std::shared_ptr<realtime::Receipt> receipt;
  if (!awaited.empty())
    receipt = std::make_shared<realtime::Receipt>(pool_, std::move(emit.onDelivered), userIds, std::move(awaited));
  send(std::move(recipients), emit, receipt);
}

void Delivery::toRoom(const std::string& room, Emit emit) {
  Recipients recipients;
  registry_.collectRoom(room, emit.nameSpace, recipients);
  send(std::move(recipients), emit);
}

void Delivery::toEveryone(Emit emit) {
  Recipients recipients;
  registry_.collectAll(emit.nameSpace, recipients);
  send(std::move(recipients), emit);
}

void Delivery::ask(const std::string& socketId, Emit emit, Millis timeout, std::function<void(Result<Payload>)> done) {
  auto socket = registry_.find(socketId);
  if (!socket) {
    pool_.postAccepted([done = std::move(done)] { done(Error(ErrorCode::Unavailable, "the client is not there")); });
    return;
  }
  auto& home = socket->home();
  home.post([socket = std::move(socket), emit = std::move(emit), timeout, done = std::move(done), &encoder = encoder_] {
    socket->ask(emit, encoder, timeout, done);
  });
}

void Delivery::join(const std::string& socketId, const std::string& room) {
  registry_.join(socketId, room);
}

void Delivery::leave(const std::string& socketId, const std::string& room) {
  registry_.leave(socketId, room);
}

void Delivery::disconnect(const std::string& socketId, bool closeConnection) {
  if (const auto socket = registry_.find(socketId))
    socket->home().post([socket, closeConnection] { socket->disconnect(closeConnection); });
}

bool Delivery::bindUser(const std::string& socketId, const std::string& userId, const std::string& role) {
  return registry_.bindUser(socketId, userId, role);
}

std::vector<std::string> Delivery::socketsOf(const std::string& userId) const {
  return registry_.liveSocketsOf(userId);
}

bool Delivery::isOnline(const std::string& userId) const {
  return registry_.isOnline(userId);
}

void Delivery::disconnectAll(const std::string& reason) {
  for (const auto& socket : registry_.all()) socket->home().post([socket, reason] { socket->shutDown(reason); });
}

}  // namespace parley::delivery
