// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "realtime/registry.h"

#include <cstddef>
#include <memory>
#include <vector>

namespace parley::delivery {

/// Who gets an event: sockets by their home loops. Never changed once it is shared. [any thread]
class Audience {
 public:
  struct Part {
    net::EventLoop* loop;
    std::vector<realtime::SocketPtr> sockets;
  };

  /// A socket that is named twice is in it once.
  explicit Audience(std::vector<realtime::SocketPtr> sockets);

  const std::vector<Part>& parts() const { return parts_; }
  std::size_t size() const { return recoverable_ + bare_ + plain_; }
  bool has(const realtime::SocketPtr& socket) const;
  /// What all need but `except`, who is null or one of them.
  realtime::Encodings encodings(const realtime::SocketPtr& except) const;

 private:
  std::vector<Part> parts_;  ///< as many as loops: searched in order
  // How many sockets need each encoding; each needs one.
  std::size_t recoverable_ = 0;
  std::size_t bare_ = 0;
  std::size_t plain_ = 0;
};

using SharedAudience = std::shared_ptr<const Audience>;

}  // namespace parley::delivery
