// SPDX-License-Identifier: Apache-2.0
#include "realtime/plain_client.h"

#include "base/failure.h"
#include "base/id.h"
#include "realtime/admission.h"
#include "realtime/plain_packet.h"
#include "realtime/registry.h"

#include <string>
#include <utility>
#include <vector>

namespace parley::realtime {

class PlainClients::Client final : public Line {
 public:
  Client(PlainClients& owner, Session& session, const http::Request& handshake)
      : Line(session, handshake, owner.services_.options.locale), owner_(owner) {}

  void start(const std::string& token);
  void onMessage(const std::string& text, bool binary);
  void onClose(const std::string& reason);

  void opened(const SocketPtr& socket) override;
  void refused(const ClientSocket& socket, const Error& error) override;
  void disconnected(const ClientSocket& socket, bool closeConnection) override;

 private:
  void enter(const std::shared_ptr<const NamespaceEntry>& entry, const JsonObject& auth,
             const Result<IdentityPtr>& who);
  void handle(Packet packet);

  PlainClients& owner_;
  SocketPtr socket_;
  bool open_ = false;
  std::vector<Packet> early_;
};

class PlainClients::Handler final : public SessionHandler {
 public:
  explicit Handler(std::shared_ptr<Client> client) : client_(std::move(client)) {}
  void onMessage(Session&, std::string data, bool binary) override { client_->onMessage(data, binary); }
  void onClose(Session&, const std::string& reason) override { client_->onClose(reason); }

 private:
  std::shared_ptr<Client> client_;
};

PlainClients::PlainClients(SocketServices& services, EventDispatcher& dispatcher, PlainClientOptions options)
    : services_(services), dispatcher_(dispatcher), options_(options) {}

std::unique_ptr<SessionHandler> PlainClients::accept(Session& session, const http::Request& handshake) {
  auto client = std::make_shared<Client>(*this, session, handshake);
  auto token = handshake.queryParam("token").value_or("");
  if (token.empty() && services_.tokens != nullptr) token = auth::bearerOf(handshake.headers.get("Authorization"));
  client->start(token);
  return std::make_unique<Handler>(std::move(client));
}

void PlainClients::Client::start(const std::string& token) {
  constexpr std::size_t idBytes = 15;
  ClientSocket::Identity identity;
  identity.id = base::randomToken(idBytes);
  identity.framing = OutMessage::Framing::Plain;
  socket_ = std::make_shared<ClientSocket>(owner_.services_, std::move(identity), shared_from_this(), "");
  auto& services = owner_.services_;
  services.registry.add(socket_);
  auto entry = services.table.findNamespace("/");
  if (services.tokens != nullptr || (entry && entry->onConnect)) pauseInput(*socket_, true);
  JsonObject auth;
  if (services.tokens == nullptr && !token.empty()) auth["token"] = token;
  identify(services, shared_from_this(), token,
           [line = std::static_pointer_cast<Client>(shared_from_this()), entry = std::move(entry),
            auth = std::move(auth)](const Result<IdentityPtr>& who) { line->enter(entry, auth, who); });
}

void PlainClients::Client::enter(const std::shared_ptr<const NamespaceEntry>& entry, const JsonObject& auth,
                                 const Result<IdentityPtr>& who) {
  auto& registry = owner_.services_.registry;
  if (who && who.value() && !registry.renew(socket_->id(), who.value())) return;  // it is gone
  if (!who) return socket_->refuse(shared_from_this(), who.error());
  if (who.value()) socket_->holdUntil(who.value()->expiresAt);
  admit(socket_, shared_from_this(), entry, auth, registry);
}

void PlainClients::Client::onClose(const std::string& reason) {
  forgetSession();
  socket_->home().dispatch([socket = socket_, line = shared_from_this(), reason] { socket->lineClosed(line, reason); });
}

void PlainClients::Client::onMessage(const std::string& text, bool binary) {
  const auto keep = shared_from_this();
  if (binary) return fail("binary frames are not part of this protocol");
  const char* fault = "";
  auto packet = decodePlain(text, owner_.options_.packets, fault);
  if (!packet) return fail(fault);
  if (open_) return handle(std::move(*packet));
  if (early_.size() >= owner_.options_.maxEarly) return fail("too many frames before the connection was made");
  early_.push_back(std::move(*packet));
}

void PlainClients::Client::handle(Packet packet) {
  if (packet.type == PacketType::Event)
    return owner_.dispatcher_.dispatch(socket_, shared_from_this(), std::move(packet));
  socket_->home().dispatch(
      [socket = socket_, id = *packet.id, payload = std::move(packet.payload)] { socket->acknowledged(id, payload); });
}

void PlainClients::Client::opened(const SocketPtr& socket) {
  open_ = true;
  pauseInput(*socket, false);
  for (auto& packet : std::exchange(early_, {})) handle(std::move(packet));
}

void PlainClients::Client::refused(const ClientSocket&, const Error& error) {
  const JsonObject data{{"message", error.detail()}, {"data", base::failure(error, locale())}};
  send(std::make_shared<const OutMessage>(
           OutMessage::Framing::Plain, encodePlainEvent("connect_error", boost::json::serialize(data), std::nullopt)),
       false);
  close("forced server close");
}

/// There is no namespace to leave: the connection is the socket.
void PlainClients::Client::disconnected(const ClientSocket&, bool) {
  close("forced server close");
}

}  // namespace parley::realtime
