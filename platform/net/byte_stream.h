// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "net/file_descriptor.h"
#include "net/outbound_queue.h"
#include "net/tls.h"

#include <cstddef>
#include <memory>
#include <span>
#include <utility>

namespace parley::net {

/// The bytes of one non-blocking socket, plain or through TLS. [loop]
class ByteStream {
 public:
  enum class State { Done, Again, End, Failed };
  struct Result {
    State state;
    std::size_t bytes;
  };

  /// `tls`, on the same socket, may be null.
  ByteStream(FileDescriptor socket, std::unique_ptr<TlsStream> tls)
      : socket_(std::move(socket)), tls_(std::move(tls)) {}

  int descriptor() const { return socket_.get(); }
  bool isSecure() const { return tls_ != nullptr; }

  /// Reads what there is, as much as fits.
  Result read(std::span<char> into);
  /// Whether bytes of the peer were taken from the socket and not read, of which epoll knows nothing.
  bool hasPending() const { return tls_ && tls_->hasPending(); }
  /// Writes what comes next in the queue with one system call and drops it there. `scratch` is memory to use, at least
  /// a TLS record.
  Result write(OutboundQueue& queue, std::span<char> scratch);
  /// TLS: the last read goes on when the socket is writable.
  bool readNeedsWrite() const { return readNeedsWrite_; }
  /// TLS: the last write goes on when something has come.
  bool writeNeedsRead() const { return writeNeedsRead_; }

  /// Tells the peer that nothing more is written.
  void endOutput();
  void close();

 private:
  Result readPlain(std::span<char> into);
  Result readTls(std::span<char> into);
  Result writePlain(const OutboundQueue& queue, std::span<char> scratch);
  Result writeTls(const OutboundQueue& queue, std::span<char> scratch);

  FileDescriptor socket_;
  std::unique_ptr<TlsStream> tls_;
  bool readNeedsWrite_ = false;
  bool writeNeedsRead_ = false;
};

}  // namespace parley::net
