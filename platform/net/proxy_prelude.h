// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/networks.h"
#include "net/event_loop.h"
#include "net/file_descriptor.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace parley::net {

/// Reads the PROXY header of a connection that a proxy has opened, and not a byte more. A malformed or late one ends
/// the connection. Everything [loop].
class ProxyPrelude final : public Pollable, public std::enable_shared_from_this<ProxyPrelude> {
 public:
  /// Takes the socket over, with the client's address where the proxy tells one.
  using Done = std::function<void(FileDescriptor, std::optional<base::IpAddress>)>;

  ProxyPrelude(EventLoop& loop, FileDescriptor socket, Millis deadline, Done done);

  void start();
  void onEvents(std::uint32_t events) override;
  void onLoopEnd() override { end(); }

 private:
  bool readMore(std::size_t bytes);
  FileDescriptor end();

  EventLoop& loop_;
  FileDescriptor socket_;
  const Millis deadline_;
  Done done_;
  std::string header_;
  EventLoop::TimerId timer_ = 0;
};

}  // namespace parley::net
