// SPDX-License-Identifier: Apache-2.0
#include "delivery/delivery.h"

#include <algorithm>
#include <utility>

namespace parley::delivery {

using realtime::SocketPtr;

Delivery::Delivery(realtime::Registry& registry, realtime::EventEncoder& encoder, base::WorkerPool& pool)
    : registry_(registry), encoder_(encoder), pool_(pool) {}

void Delivery::send(Recipients recipients, const Emit& emit, std::shared_ptr<realtime::Receipt> receipt) {
  std::vector<std::pair<net::EventLoop*, Recipients>> loops;  // as many as cores: searched in order
  realtime::Encodings needed;
  for (auto& socket : recipients) {
    if (socket->id() == emit.exceptSocket) continue;
    const auto encodings = socket->encodings();
    needed.recoverable |= encodings.recoverable;
    needed.bare |= encodings.bare;
    needed.plain |= encodings.plain;
    auto* home = &socket->home();
    auto group = std::find_if(loops.begin(), loops.end(), [home](const auto& item) { return item.first == home; });
    if (group == loops.end()) group = loops.emplace(loops.end(), home, Recipients{});
    group->second.push_back(std::move(socket));
  }
  if (loops.empty()) return;
  auto event = encoder_.encode(emit, needed);
  event->receipt = std::move(receipt);
  events_.add();
  for (auto& [loop, sockets] : loops) {
    deliveries_.add(sockets.size());
    loop->dispatch([event, sockets = std::move(sockets)] {
      for (const auto& socket : sockets) socket->deliver(event);
    });
  }
}

void Delivery::toSocket(const std::string& socketId, Emit emit) {
  auto socket = registry_.find(socketId);
  if (socket && socket->nameSpace() == emit.nameSpace) send({std::move(socket)}, emit);
}

void Delivery::toUsers(const std::vector<std::string>& userIds, Emit emit) {
  Recipients recipients;
  std::unordered_map<std::string, std::string> userOfSocket;
  for (const auto& userId : userIds) {
    const auto first = recipients.size();
    registry_.collectUser(userId, emit.nameSpace, recipients);
    if (!emit.onDelivered) continue;
    for (auto i = first; i < recipients.size(); ++i)
      if (recipients[i]->id() != emit.exceptSocket) userOfSocket.emplace(recipients[i]->id(), userId);
  }
  // A user who is named twice gets it once.
  std::sort(recipients.begin(), recipients.end());
  recipients.erase(std::unique(recipients.begin(), recipients.end()), recipients.end());
  std::shared_ptr<realtime::Receipt> receipt;
  if (!userOfSocket.empty())
    receipt = std::make_shared<realtime::Receipt>(std::move(emit.onDelivered), std::move(userOfSocket));
  send(std::move(recipients), emit, std::move(receipt));
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
