// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "net/connection.h"
#include "realtime/engine/websocket_codec.h"

#include <memory>
#include <string>
#include <string_view>

namespace parley::realtime {

/// A WebSocket on a connection whose opening handshake is done: messages in, frames out, pings answered, the closing
/// handshake kept (RFC 6455 section 7). Everything [loop]. After the end of the connection calls are ignored.
class WebSocketLine : public std::enable_shared_from_this<WebSocketLine> {
 public:
  struct Options {
    WebSocketDecoder::Limits message;
    std::size_t maxQueuedBytes = 1U << 20U;
    Millis closeTimeout{2000};  ///< how long the peer's half of the closing handshake is waited for
  };

  /// Who uses the line. Must call one of close, fail, abort or forgetOwner, or have been told onLineEnd, before it
  /// goes.
  class Owner {
   public:
    virtual void onLineMessage(WebSocketLine& line, std::string data, bool binary) = 0;
    virtual void onLinePong(WebSocketLine& line) = 0;
    /// Some bytes have come, whatever they are.
    virtual void onLineInput(WebSocketLine& line) = 0;
    /// Bytes were handed to the operating system; see bytesWritten.
    virtual void onLineWritten(WebSocketLine& line) = 0;
    /// Last call; not after close, fail, abort or forgetOwner. `reason` is one of SessionHandler::onClose.
    virtual void onLineEnd(WebSocketLine& line, const std::string& reason) = 0;

   protected:
    ~Owner() = default;
  };

  /// `options` outlive it.
  WebSocketLine(net::Connection& connection, Owner& owner, const Options& options);

  /// Becomes the connection's handler; what it has read already is taken at once.
  void start();

  net::SendState send(net::SharedBytes frames, net::EventLoop::Turn turn = net::EventLoop::Turn::Last);
  std::size_t queuedBytes() const { return connection_ != nullptr ? connection_->queuedBytes() : 0; }
  std::uint64_t bytesQueued() const { return connection_ != nullptr ? connection_->bytesQueued() : 0; }
  std::uint64_t bytesWritten() const { return connection_ != nullptr ? connection_->bytesWritten() : 0; }
  void pauseInput(bool paused);
  void leaveNewcomers();
  /// Ends the line with "transport error" when it passes; zero removes it.
  void setDeadline(Millis fromNow);

  /// Sends what is queued and a close frame, waits for the peer's, and ends the connection.
  void close(std::uint16_t code, std::string_view reason);
  /// As close, for a peer that broke the rules: nothing more is read from it.
  void fail(std::uint16_t code, std::string_view reason);
  /// Ends the connection with whatever it has queued.
  void abort(net::CloseReason reason);
  /// Nobody is told anything any more.
  void forgetOwner() { owner_ = nullptr; }

 private:
  class Handler;
  enum class State { Open, Closing, Ended };

  void readInput();
  void onEvent(WebSocketDecoder::Event event);
  void onPeerClose();
  void onDeadline();
  void onClosed(net::CloseReason reason);
  void tellEnd(const std::string& reason);

  net::Connection* connection_;  ///< null once it has ended
  Owner* owner_;                 ///< null once it needs not be told any more
  const Options& options_;
  WebSocketDecoder decoder_;
  State state_ = State::Open;
  bool paused_ = false;
  bool reading_ = false;
};

}  // namespace parley::realtime
