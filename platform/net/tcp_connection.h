// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "net/byte_stream.h"
#include "net/connection.h"
#include "net/outbound_queue.h"

#include <memory>
#include <string>
#include <utility>

namespace parley::net {

/// What every connection of a listener starts with.
struct ConnectionOptions {
  std::size_t inputLimit = std::size_t{64} * 1024;
  std::size_t outputLimit = std::size_t{4} * 1024 * 1024;
  /// How long the peer may take nothing while something is queued for it, and how long closeAfterFlush may take in all.
  Millis writeDeadline{30'000};
  /// How long, after the last byte was written, the peer's close is waited for, so that a reset does not overtake it.
  Millis lingerDeadline{2'000};
};

/// Connection on a non-blocking TCP socket, plain or TLS. An idle one holds no buffers.
class TcpConnection final : public Connection, public Pollable {
 public:
  /// `peerAddress` may own more that shall be freed when the connection has closed. `tls` may be null.
  TcpConnection(EventLoop& loop, FileDescriptor socket, std::shared_ptr<const std::string> peerAddress,
                std::unique_ptr<TlsStream> tls, const ConnectionOptions& options);
  ~TcpConnection() override;

  /// Begins to read; once, after the first setHandler. [loop]
  void start();

  EventLoop& loop() override { return *loop_; }
  const std::string& peerAddress() const override;
  bool isSecure() const override { return stream_.isSecure(); }
  bool isOpen() const override { return open_; }
  void setHandler(std::unique_ptr<ConnectionHandler> handler) override;
  std::string_view input() const override { return std::string_view(input_).substr(consumed_); }
  void consume(std::size_t bytes) override;
  bool isAtEnd() const override { return inputEnded_; }
  void setInputLimit(std::size_t bytes) override;
  void pauseReading(bool paused) override;
  using Connection::send;
  SendState send(SharedBytes bytes, EventLoop::Turn turn) override;
  void setOutputLimit(std::size_t bytes) override { output_.setLimit(bytes); }
  std::size_t queuedBytes() const override { return output_.bytes(); }
  std::uint64_t bytesQueued() const override { return output_.bytesPushed(); }
  std::uint64_t bytesWritten() const override { return output_.bytesWritten(); }
  void leaveNewcomers() override;
  void setDeadline(Millis fromNow) override;
  void close(CloseReason reason) override;
  void closeAfterFlush() override;
  void moveTo(EventLoop& target, Task arrived) override;

  void onEvents(std::uint32_t events) override;
  void onLoopEnd() override { close(CloseReason::Shutdown); }

 private:
  /// What waits for the end of the iteration, as bits.
  enum Work : std::uint8_t { Offer = 1, Read = 2, Settle = 4 };

  void putOff(Work work);
  void runPutOff();
  void queueFlush(EventLoop::Turn turn);
  void takeTurn();
  void settle();
  void finish();
  void completeMove();
  void arrive(const Task& arrived);

  bool wantsInput() const { return draining_ || (!paused_ && input_.size() - consumed_ < inputLimit_); }
  void updateInterest();
  void readSome();
  void takeInput(std::span<const char> bytes);
  void tellInputEnd();
  void offerInput();

  bool makeRoom();
  void flush();
  void flushed();
  void countWaiting();

  void armTimer();
  void onTimer();

  EventLoop* loop_;
  ByteStream stream_;
  std::shared_ptr<const std::string> peerAddress_;  ///< null once it has closed
  std::unique_ptr<ConnectionHandler> handler_;

  std::string input_;
  std::size_t consumed_ = 0;
  std::size_t inputLimit_;
  OutboundQueue output_;
  std::size_t countedWaiting_ = 0;    ///< bytes of `output_`, by the loop's counters
  std::uint64_t countedWritten_ = 0;  ///< bytes that the handler was told of, and the loop's counters

  Millis writeDeadline_;
  Millis lingerDeadline_;
  Instant deadline_{};  ///< of the handler; epoch: none
  Instant writeDue_{};  ///< of the queue or of closing; epoch: none
  Instant timerDue_{};
  EventLoop::TimerId timer_ = 0;

  std::unique_ptr<std::pair<EventLoop*, Task>> move_;
  std::uint32_t interest_ = 0;
  base::Lane lane_ = base::Lane::Newcomers;
  std::uint8_t work_ = 0;
  CloseReason reason_ = CloseReason::Local;
  bool flushQueued_ = false;  ///< the connection has a turn to come
  bool open_ = true;
  bool started_ = false;
  bool paused_ = false;
  bool inputEnded_ = false;    ///< read to its end
  bool inputEndTold_ = false;  ///< the handler knows, perhaps before all was read
  bool writeBlocked_ = false;  ///< the socket takes no more for now
  bool draining_ = false;      ///< closeAfterFlush was called
  bool lingering_ = false;     ///< everything is written; waiting for the peer's end
};

}  // namespace parley::net
