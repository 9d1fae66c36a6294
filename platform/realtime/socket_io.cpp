// SPDX-License-Identifier: Apache-2.0
#include "realtime/socket_io.h"

#include "base/failure.h"
#include "base/id.h"
#include "realtime/admission.h"
#include "realtime/registry.h"

#include <boost/container/flat_map.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace parley::realtime {

namespace {

constexpr std::size_t socketIdBytes = 15;  // 20 characters
constexpr std::size_t pidBytes = 24;

/// The member of the CONNECT's payload; empty when there is none.
std::string textIn(const Json& auth, std::string_view name) {
  return auth.is_object() ? std::string(textOf(auth.get_object(), name)) : std::string();
}

/// Of the last event that the client had.
std::string offsetIn(const Json& auth) {
  return textIn(auth, "offset");
}

}  // namespace

/// The Socket.IO side of one session.
class SocketIo::Client final : public Line {
 public:
  Client(SocketIo& owner, Session& session, const http::Request& handshake)
      : Line(session, handshake, owner.services_.options.locale),
        mayRecover_(mayRecover(handshake)),
        owner_(owner),
        decoder_(owner.options_.packets) {
    if (owner.services_.tokens == nullptr) return;
    auto token = auth::bearerOf(handshake.headers.get("Authorization"));
    if (!token.empty()) bearer_ = std::make_unique<const std::string>(std::move(token));
  }

  void start();
  void onMessage(std::string data, bool binary);
  void onPong();
  void onClose(const std::string& reason);

  void opened(const SocketPtr& socket) override;
  void refused(const ClientSocket& socket, const Error& error) override;
  void disconnected(const ClientSocket& socket, bool closeConnection) override;

 private:
  /// What this client is in a namespace. Without a socket it has left, or was refused: packets that were under way then
  /// are no fault of the client.
  struct Place {
    SocketPtr socket;
    bool open = false;
    bool asking = false;  ///< whose token it is is being found out
  };

  /// What a client comes to a namespace with.
  struct Entrance {
    std::shared_ptr<const NamespaceEntry> entry;
    Json auth;
    IdentityPtr identity;
  };

  std::shared_ptr<Client> self() { return std::static_pointer_cast<Client>(shared_from_this()); }
  void handle(Packet packet);
  void connect(Packet packet);
  void enter(const std::string& nameSpace, const Entrance& entrance);
  void recover(const SocketPtr& socket, const Entrance& entrance);
  void connectAnew(const std::string& nameSpace, const Entrance& entrance);
  void admitTo(const SocketPtr& socket, std::shared_ptr<const NamespaceEntry> entry, const Json& auth);
  void refuse(const std::string& nameSpace, const Error& error);
  void write(std::string_view packet);

  const bool mayRecover_;
  bool joined_ = false;
  SocketIo& owner_;
  PacketDecoder decoder_;
  boost::container::flat_map<std::string, Place> places_;  ///< by namespace
  net::EventLoop::TimerId connectTimer_ = 0;
  /// The token of the handshake's Authorization header, for every namespace that is entered without one in `auth`. Few
  /// clients have it.
  std::unique_ptr<const std::string> bearer_;
};

class SocketIo::Handler final : public SessionHandler {
 public:
  explicit Handler(std::shared_ptr<Client> client) : client_(std::move(client)) {}
  void onMessage(Session&, std::string data, bool binary) override { client_->onMessage(std::move(data), binary); }
  void onPong() override { client_->onPong(); }
  void onClose(Session&, const std::string& reason) override { client_->onClose(reason); }

 private:
  std::shared_ptr<Client> client_;
};

SocketIo::SocketIo(SocketServices& services, EventDispatcher& dispatcher, SocketIoOptions options)
    : services_(services), dispatcher_(dispatcher), options_(options) {}

std::unique_ptr<SessionHandler> SocketIo::accept(Session& session, const http::Request& handshake) {
  auto client = std::make_shared<Client>(*this, session, handshake);
  client->start();
  return std::make_unique<Handler>(std::move(client));
}

void SocketIo::Client::start() {
  connectTimer_ = loop().after(owner_.options_.connectTimeout, [weak = weak_from_this()] {
    const auto line = weak.lock();
    if (line && !std::static_pointer_cast<Client>(line)->joined_) line->close("forced server close");
  });
}

void SocketIo::Client::onClose(const std::string& reason) {
  forgetSession();
  loop().cancel(connectTimer_);
  for (auto& [name, place] : std::exchange(places_, {})) {
    if (!place.socket) continue;
    place.socket->home().dispatch(
        [socket = place.socket, line = shared_from_this(), reason] { socket->lineClosed(line, reason); });
  }
}

/// Not where the socket lives on another loop, after a recovery: what it has kept may be on its way to this one.
void SocketIo::Client::onPong() {
  for (const auto& [name, place] : places_)
    if (place.open && &place.socket->home() == &loop()) place.socket->confirmSent();
}

void SocketIo::Client::write(std::string_view packet) {
  send(std::make_shared<const OutMessage>(OutMessage::Framing::EngineIo, packet), false);
}

void SocketIo::Client::onMessage(std::string data, bool binary) {
  const auto keep = self();
  const auto status = binary ? decoder_.addBinary(std::move(data)) : decoder_.addText(data);
  if (status == PacketDecoder::Status::Malformed) return fail(decoder_.fault());
  if (status == PacketDecoder::Status::Complete) handle(decoder_.take());
}

void SocketIo::Client::handle(Packet packet) {
  if (packet.type == PacketType::Connect) return connect(std::move(packet));
  const auto found = places_.find(packet.nameSpace);
  if (packet.type == PacketType::ConnectError || found == places_.end()) return fail("not in this namespace");
  if (found->second.asking) return fail("not in this namespace yet");
  const auto socket = found->second.socket;
  if (!socket) return;
  if (!found->second.open) return fail("not in this namespace yet");
  switch (packet.type) {
    case PacketType::Event: return owner_.dispatcher_.dispatch(socket, shared_from_this(), std::move(packet));
    case PacketType::Ack:
      return socket->home().dispatch(
          [socket, id = *packet.id, payload = std::move(packet.payload)] { socket->acknowledged(id, payload); });
    default:  // Disconnect
      pauseInput(*socket, false);
      socket->home().dispatch(
          [socket, line = shared_from_this()] { socket->left(line, "client namespace disconnect"); });
      found->second = {};
  }
}

// ---- entering a namespace ----

void SocketIo::Client::connect(Packet packet) {
  const auto& name = packet.nameSpace;
  const auto found = places_.find(name);
  if (found != places_.end() && (found->second.socket || found->second.asking))
    return fail("in this namespace already");
  if (found == places_.end() && places_.size() >= owner_.options_.maxNameSpaces)
    return refuse(name, Error(ErrorCode::RateLimited, "too many namespaces"));
  auto entry = owner_.services_.table.findNamespace(name);
  if (!entry && name != "/") return refuse(name, Error(ErrorCode::NotFound, "Invalid namespace"));
  if (entry && entry->disabled)
    return refuse(name, Error(ErrorCode::FeatureDisabled, entry->owner + " is switched off"));

  auto auth = packet.data.is_null() ? Json(JsonObject{}) : std::move(packet.data);
  auto token = textIn(auth, "token");
  if (token.empty() && bearer_) token = *bearer_;
  // No plugin needs it, and what nobody has nobody can write to a log.
  if (owner_.services_.tokens != nullptr && auth.is_object()) auth.get_object().erase("token");
  places_[name] = {nullptr, false, true};
  identify(owner_.services_, self(), std::move(token),
           [line = self(), name, entry = std::move(entry), auth = std::move(auth)](const Result<IdentityPtr>& who) {
             if (!line->isOpen()) return;
             line->places_[name] = {};
             who ? line->enter(name, {entry, auth, who.value()}) : line->refuse(name, who.error());
           });
}

/// A socket that is another's is not given back, whoever knows its `pid`.
void SocketIo::Client::enter(const std::string& nameSpace, const Entrance& entrance) {
  auto& registry = owner_.services_.registry;
  const auto old = registry.findByPid(textIn(entrance.auth, "pid"));
  const bool same =
      old && old->nameSpace() == nameSpace && (!entrance.identity || registry.renew(old->id(), entrance.identity));
  same ? recover(old, entrance) : connectAnew(nameSpace, entrance);
}

void SocketIo::Client::recover(const SocketPtr& socket, const Entrance& entrance) {
  places_[socket->nameSpace()] = {socket, false, false};
  socket->home().dispatch([line = self(), socket, entrance] {
    const bool claimed = socket->claim(offsetIn(entrance.auth), line);
    if (claimed && entrance.identity) socket->holdUntil(entrance.identity->expiresAt);
    line->run([line, socket, entrance, claimed] {
      claimed ? line->admitTo(socket, entrance.entry, entrance.auth) : line->connectAnew(socket->nameSpace(), entrance);
    });
  });
}

void SocketIo::Client::connectAnew(const std::string& nameSpace, const Entrance& entrance) {
  if (!isOpen()) return;
  ClientSocket::Identity identity;
  identity.id = base::randomToken(socketIdBytes);
  identity.nameSpace = nameSpace;
  if (owner_.services_.options.recovery.enabled && wishToRecover(entrance.auth).value_or(mayRecover_))
    identity.pid = base::randomToken(pidBytes);
  auto socket = std::make_shared<ClientSocket>(owner_.services_, std::move(identity), shared_from_this(),
                                               offsetIn(entrance.auth));
  owner_.services_.registry.add(socket, entrance.identity);
  places_[nameSpace] = {socket, false, false};
  if (entrance.identity) socket->holdUntil(entrance.identity->expiresAt);
  admitTo(socket, entrance.entry, entrance.auth);
}

void SocketIo::Client::admitTo(const SocketPtr& socket, std::shared_ptr<const NamespaceEntry> entry, const Json& auth) {
  if (isOpen()) admit(socket, shared_from_this(), std::move(entry), auth, owner_.services_.registry);
}

void SocketIo::Client::refuse(const std::string& nameSpace, const Error& error) {
  write(encodeConnectError(nameSpace, error.detail(), base::failure(error, locale())));
}

// ---- what the sockets tell ----

void SocketIo::Client::opened(const SocketPtr& socket) {
  if (!isOpen()) return;
  joined_ = true;
  loop().cancel(std::exchange(connectTimer_, 0));
  places_[socket->nameSpace()] = {socket, true, false};
  if (socket->inbox().paused) pauseInput(*socket, true);
  write(encodeConnect(socket->nameSpace(), socket->id(), socket->pid()));
}

void SocketIo::Client::refused(const ClientSocket& socket, const Error& error) {
  if (!isOpen()) return;
  places_[socket.nameSpace()] = {};
  refuse(socket.nameSpace(), error);
}

void SocketIo::Client::disconnected(const ClientSocket& socket, bool closeConnection) {
  if (!isOpen()) return;
  pauseInput(socket, false);
  places_[socket.nameSpace()] = {};
  write(encodeDisconnect(socket.nameSpace()));
  if (!closeConnection) return;
  std::vector<SocketPtr> others;  // those that are still coming are told by the close
  for (auto& [name, place] : places_)
    if (place.open) others.push_back(std::exchange(place, {}).socket);
  for (const auto& other : others) {
    other->home().dispatch([other, line = shared_from_this()] { other->left(line, "server namespace disconnect"); });
    write(encodeDisconnect(other->nameSpace()));
  }
  close("forced server close");
}

}  // namespace parley::realtime
