// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "net/file_descriptor.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace parley::net {

/// A blocking TCP client for tests. What never comes fails the test instead of hanging it.
class TestClient {
 public:
  explicit TestClient(std::uint16_t port, int receiveBuffer = 0) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    if (receiveBuffer > 0) ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &receiveBuffer, sizeof receiveBuffer);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error("connect failed");
  }

  int fd() const { return socket_.get(); }
  void send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const auto sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0) return;  // the server may have closed already; what it answered tells
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  /// Without blocking; how many bytes the system took.
  std::size_t trySend(std::string_view bytes) const {
    const auto sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent < 0 ? 0 : static_cast<std::size_t>(sent);
  }
  void endOutput() const { ::shutdown(socket_.get(), SHUT_WR); }
  void close() { socket_.reset(); }
  /// Closes with a reset.
  void reset() {
    const linger now{1, 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    socket_.reset();
  }

  /// Reads once; false at the end of the stream.
  bool receive() {
    pollfd one{socket_.get(), POLLIN, 0};
    if (::poll(&one, 1, patience) <= 0) throw std::runtime_error("nothing came; so far: " + received_.substr(0, 400));
    char buffer[65536];
    const auto got = ::recv(socket_.get(), buffer, sizeof buffer, 0);
    if (got <= 0) return false;
    received_.append(buffer, static_cast<std::size_t>(got));
    return true;
  }
  /// Takes everything up to and with `mark`, or all when the stream ends before.
  std::string until(std::string_view mark) {
    std::size_t at = 0;
    while ((at = received_.find(mark)) == std::string::npos)
      if (!receive()) return take(received_.size());
    return take(at + mark.size());
  }
  std::string exactly(std::size_t bytes) {
    while (received_.size() < bytes && receive()) {
    }
    return take(std::min(bytes, received_.size()));
  }
  std::string untilEnd() {
    while (receive()) {
    }
    return take(received_.size());
  }
  /// True when the server has closed and nothing more came.
  bool atEnd() { return received_.empty() && !receive(); }

 private:
  static constexpr int patience = 20'000;  ///< milliseconds

  std::string take(std::size_t bytes) {
    auto taken = received_.substr(0, bytes);
    received_.erase(0, bytes);
    return taken;
  }

  FileDescriptor socket_;
  std::string received_;
};

}  // namespace parley::net
