// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/message.h"
#include "net/connection.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace parley::http {

/// A response body on its way from its source to a connection, no faster than the client reads. [loop]
class ResponseStream {
 public:
  enum class State {
    Waiting,  ///< the source has nothing at hand, or enough waits for the reader: pump again
    Done,     ///< all of it is queued
    Broken,   ///< the source failed, or its length is not the announced one: what was sent must not look like the whole
  };

  ResponseStream(std::shared_ptr<BodySource> source, std::optional<std::uint64_t> length, bool chunked)
      : source_(std::move(source)), left_(length), chunked_(chunked) {}

  const std::shared_ptr<BodySource>& source() const { return source_; }

  /// Moves the body on while at most `limit` bytes wait on the connection.
  State pump(net::Connection& connection, std::size_t limit);

 private:
  bool send(net::Connection& connection, std::string piece);

  std::shared_ptr<BodySource> source_;
  std::optional<std::uint64_t> left_;  ///< of an announced length
  bool chunked_;
};

/// Of a body that is sent piece by piece.
inline constexpr std::size_t pieceSize = std::size_t{16} * 1024;

/// A large body in memory, given out in pieces so that a slow reader fills no queue.
std::shared_ptr<BodySource> textSource(std::string text);

}  // namespace parley::http
