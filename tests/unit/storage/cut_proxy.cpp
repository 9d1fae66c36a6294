// SPDX-License-Identifier: Apache-2.0
#include "cut_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <stdexcept>

namespace parley::storage {

namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

bool sendAll(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

}  // namespace

CutProxy::CutProxy(std::uint16_t serverPort) : serverPort_(serverPort) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto address = loopback(0);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 64) != 0 ||
      ::getsockname(listener_, generic, &size) != 0)
    throw std::runtime_error("no port for the proxy");
  port_ = ntohs(address.sin_port);
  accepting_ = std::thread([this] { acceptAll(); });
}

CutProxy::~CutProxy() {
  cut();
  ::shutdown(listener_, SHUT_RDWR);
  accepting_.join();
  for (auto& pump : pumps_) pump.join();
  for (const auto& pair : pairs_) {
    ::close(pair->client);
    ::close(pair->server);
  }
  ::close(listener_);
}

void CutProxy::cut() {
  state_ = State::Cut;
  const std::lock_guard lock(mutex_);
  for (const auto& pair : pairs_) {
    ::shutdown(pair->client, SHUT_RDWR);
    ::shutdown(pair->server, SHUT_RDWR);
  }
}

void CutProxy::restore() {
  cut();
  state_ = State::Open;
}

void CutProxy::loseAnswerTo(const std::string& word) {
  const std::lock_guard lock(mutex_);
  losing_ = word;
}

bool CutProxy::isToBeLost(std::string_view request) {
  const std::lock_guard lock(mutex_);
  if (losing_.empty() || request.find(losing_) == std::string_view::npos) return false;
  losing_.clear();
  return true;
}

void CutProxy::acceptAll() {
  for (;;) {
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = loopback(serverPort_);
    const bool open =
        state_ != State::Cut && ::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    if (!open) {
      ::close(client);
      ::close(server);
      continue;
    }
    const std::lock_guard lock(mutex_);
    auto& pair = *pairs_.emplace_back(std::make_unique<Pair>(client, server));
    pumps_.emplace_back([this, &pair] { pump(pair, true); });
    pumps_.emplace_back([this, &pair] { pump(pair, false); });
  }
}

void CutProxy::pump(Pair& pair, bool toServer) {
  const int from = toServer ? pair.client : pair.server;
  const int to = toServer ? pair.server : pair.client;
  std::array<char, 65536> buffer{};
  for (;;) {
    const auto got = ::recv(from, buffer.data(), buffer.size(), 0);
    if (got <= 0) break;
    const std::string_view bytes(buffer.data(), static_cast<std::size_t>(got));
    if (state_ == State::Held) continue;
    if (toServer && isToBeLost(bytes)) pair.losing = true;
    if ((!toServer && pair.losing) || !sendAll(to, bytes)) break;
  }
  ::shutdown(pair.client, SHUT_RDWR);
  ::shutdown(pair.server, SHUT_RDWR);
}

}  // namespace parley::storage
