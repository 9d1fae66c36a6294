// SPDX-License-Identifier: Apache-2.0
#include "net/proxy_prelude.h"

#include "base/log.h"
#include "net/proxy_header.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace parley::net {

ProxyPrelude::ProxyPrelude(EventLoop& loop, FileDescriptor socket, Millis deadline, Done done)
    : loop_(loop), socket_(std::move(socket)), deadline_(deadline), done_(std::move(done)) {}

void ProxyPrelude::start() {
  loop_.keep(shared_from_this());
  loop_.add(socket_.get(), EPOLLIN, this);
  timer_ = loop_.after(deadline_, [this] { end(); });
}

void ProxyPrelude::onEvents(std::uint32_t /*events*/) {
  auto header = readProxyHeader(header_);
  while (header.state == ProxyHeader::State::Incomplete) {
    if (!readMore(header.missing)) return;
    header = readProxyHeader(header_);
  }
  const auto self = shared_from_this();
  auto socket = end();
  if (header.state == ProxyHeader::State::Malformed) {
    base::log("net").warn("a trusted proxy sent a malformed PROXY header; is it set to send one?");
    return;
  }
  done_(std::move(socket), header.client);
}

/// False when there is nothing for now, or for ever: then it has ended.
bool ProxyPrelude::readMore(std::size_t bytes) {
  const auto had = header_.size();
  header_.resize(had + bytes);
  const auto got = ::recv(socket_.get(), header_.data() + had, bytes, 0);
  const int error = errno;
  header_.resize(had + static_cast<std::size_t>(std::max<ssize_t>(0, got)));
  if (got > 0) return true;
  if (got < 0 && (error == EAGAIN || error == EINTR)) return false;
  end();
  return false;
}

/// Gives the socket back; closed where nobody takes it.
FileDescriptor ProxyPrelude::end() {
  if (!socket_) return {};
  loop_.cancel(timer_);
  loop_.remove(socket_.get(), this);
  loop_.atEndOfIteration([self = shared_from_this()] { self->loop_.release(self.get()); });
  return std::move(socket_);
}

}  // namespace parley::net
