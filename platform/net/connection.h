// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "net/event_loop.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace parley::net {

/// Bytes that many connections may be sending at once. Never changed after it was made.
using SharedBytes = std::shared_ptr<const std::string>;

enum class SendState {
  Sent,     ///< all handed to the operating system, or will be in the connection's turn
  Queued,   ///< waits for the peer to read; below the connection's output limit
  Dropped,  ///< over the limit: the bytes were not queued. The owner decides what to do about it
};

enum class CloseReason { PeerClosed, PeerReset, Timeout, OutputLimit, ProtocolError, Local, Shutdown };

class Connection;

/// What a connection speaks: HTTP first, then perhaps WebSocket. The connection owns it. [loop]
class ConnectionHandler {
 public:
  virtual ~ConnectionHandler() = default;
  /// There is new input; take what is complete with Connection::input and consume.
  virtual void onInput(Connection& connection) = 0;
  /// The peer has sent its FIN; it may still read. Default: close after what is queued was sent.
  virtual void onInputEnd(Connection& connection);
  /// Bytes were handed to the operating system; see bytesWritten.
  virtual void onWritten(Connection& connection);
  /// The deadline set with setDeadline has passed.
  virtual void onDeadline(Connection& connection) = 0;
  /// Last call. Everything queued and not written is lost.
  virtual void onClosed(Connection& connection, CloseReason reason) = 0;
};

/// One accepted TCP or TLS connection, non-blocking, bound to one loop. Everything [loop] unless tagged otherwise. Kept
/// alive by its loop while open and by whoever holds the shared pointer; a closed one ignores calls.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  virtual ~Connection() = default;

  virtual EventLoop& loop() = 0;
  /// Peer address without port, as text ("127.0.0.1", "::1"); empty after onClosed.
  virtual const std::string& peerAddress() const = 0;
  virtual bool isSecure() const = 0;
  virtual bool isOpen() const = 0;

  /// Replaces the handler; the old one is freed at the end of the iteration, without onClosed. Input that is already
  /// buffered is offered to the new one at once.
  virtual void setHandler(std::unique_ptr<ConnectionHandler> handler) = 0;

  /// The bytes that have come and were not consumed. Valid until the next call on this connection.
  virtual std::string_view input() const = 0;
  virtual void consume(std::size_t bytes) = 0;
  /// The peer has ended its side and all that came before was offered. When onInputEnd told of the end earlier than
  /// that (reading rested), onInput is called once more, with nothing new.
  virtual bool isAtEnd() const = 0;
  /// Reading stops while the buffered input has `bytes` or more (back-pressure to the peer).
  virtual void setInputLimit(std::size_t bytes) = 0;
  /// While paused nothing is read; the peer's close is noticed all the same.
  virtual void pauseReading(bool paused) = 0;

  /// Queues bytes; they are gathered with what else is queued into one system call when the connection has its turn
  /// (EventLoop::inTurn), if it has none already.
  virtual SendState send(SharedBytes bytes, EventLoop::Turn turn = EventLoop::Turn::Last) = 0;
  SendState send(std::string bytes) { return send(std::make_shared<const std::string>(std::move(bytes))); }
  virtual void setOutputLimit(std::size_t bytes) = 0;
  virtual std::size_t queuedBytes() const = 0;
  /// Totals since the connection opened: accepted by send, and handed to the operating system.
  virtual std::uint64_t bytesQueued() const = 0;
  virtual std::uint64_t bytesWritten() const = 0;

  /// A new connection is in the newcomers' lane of its loop; from here on it is not. Once.
  virtual void leaveNewcomers() = 0;

  /// onDeadline is called when it passes; a new one replaces the old, zero removes it. Cheap: may be set per request.
  virtual void setDeadline(Millis fromNow) = 0;

  /// Ends the connection now; onClosed follows once nothing of it has a turn to come.
  virtual void close(CloseReason reason) = 0;
  /// Ends it after the queue was written (bounded by the write deadline); input is read and thrown away meanwhile.
  virtual void closeAfterFlush() = 0;

  /// Moves the connection to another loop; `arrived` runs there. Until then it is nobody's: no other calls.
  virtual void moveTo(EventLoop& target, Task arrived) = 0;
};

}  // namespace parley::net
