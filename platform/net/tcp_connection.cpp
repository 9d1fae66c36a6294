// SPDX-License-Identifier: Apache-2.0
#include "net/tcp_connection.h"

#include <sys/epoll.h>

#include <algorithm>
#include <utility>

namespace parley::net {

TcpConnection::TcpConnection(EventLoop& loop, FileDescriptor socket, std::shared_ptr<const std::string> peerAddress,
                             std::unique_ptr<TlsStream> tls, const ConnectionOptions& options)
    : loop_(&loop),
      stream_(std::move(socket), std::move(tls)),
      peerAddress_(std::move(peerAddress)),
      inputLimit_(options.inputLimit),
      output_(options.outputLimit),
      writeDeadline_(options.writeDeadline),
      lingerDeadline_(options.lingerDeadline) {}

TcpConnection::~TcpConnection() = default;

const std::string& TcpConnection::peerAddress() const {
  static const std::string none;
  return peerAddress_ ? *peerAddress_ : none;
}

void TcpConnection::start() {
  if (!open_) return finish();
  started_ = true;
  loop_->counters().connections.add(1);
  interest_ = EPOLLIN | EPOLLRDHUP;
  loop_->keep(std::static_pointer_cast<TcpConnection>(shared_from_this()));
  loop_->add(stream_.descriptor(), interest_, this, lane_);
  updateInterest();
  armTimer();
  if (work_ != 0) loop_->atEndOfIteration([this] { runPutOff(); });
  if (flushQueued_) loop_->inTurn([this] { takeTurn(); });
}

void TcpConnection::setHandler(std::unique_ptr<ConnectionHandler> handler) {
  if (!open_ && !started_) {
    // Too late, all has been told: the newcomer hears of the end too, so that it can give up what it holds.
    loop_->atEndOfIteration([self = shared_from_this(), late = std::shared_ptr(std::move(handler)), reason = reason_] {
      late->onClosed(*self, reason);
    });
    return;
  }
  if (handler_) loop_->atEndOfIteration([old = std::shared_ptr(std::move(handler_))] {});
  handler_ = std::move(handler);
  if (open_) putOff(Offer);
}

// The loop keeps the connection from start() to finish(), so the bare `this` of a task that was put off is safe, and
// costs no allocation.
void TcpConnection::putOff(Work work) {
  if (work_ == 0 && started_) loop_->atEndOfIteration([this] { runPutOff(); });
  work_ = static_cast<std::uint8_t>(work_ | work);
}

void TcpConnection::runPutOff() {
  const auto work = std::exchange(work_, std::uint8_t{0});
  if (open_ && (work & Offer) != 0) offerInput();
  if (open_ && !move_ && (work & Read) != 0) readSome();
  settle();
}

void TcpConnection::queueFlush(EventLoop::Turn turn) {
  if (!std::exchange(flushQueued_, true) && started_) loop_->inTurn([this] { takeTurn(); }, turn);
}

void TcpConnection::takeTurn() {
  flushQueued_ = false;
  if (open_) flush();
  settle();
}

/// Ends or moves the connection, if that is to be, once nothing that was put off is left.
void TcpConnection::settle() {
  if (work_ != 0 || flushQueued_ || (open_ && !move_)) return;
  const auto self = shared_from_this();
  if (!open_) {
    finish();
  } else {
    completeMove();
  }
}

void TcpConnection::offerInput() {
  if (draining_ || !handler_) return;
  if (!input().empty()) handler_->onInput(*this);
  if (open_ && !draining_ && inputEndTold_) handler_->onInputEnd(*this);
}

void TcpConnection::updateInterest() {
  if (!open_ || move_ || !started_) return;
  std::uint32_t wanted = 0;
  if (!inputEnded_) {
    if (wantsInput() || stream_.writeNeedsRead()) wanted |= EPOLLIN;
    if (!inputEndTold_) wanted |= EPOLLRDHUP;
  }
  if (writeBlocked_ || stream_.readNeedsWrite()) wanted |= EPOLLOUT;
  if (wanted == interest_) return;
  interest_ = wanted;
  loop_->modify(stream_.descriptor(), wanted, this, lane_);
}

void TcpConnection::onEvents(std::uint32_t events) {
  if ((events & EPOLLERR) != 0) return close(CloseReason::PeerReset);
  const bool canRead = (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP)) != 0;
  if ((events & EPOLLOUT) != 0 || (stream_.writeNeedsRead() && canRead)) {
    writeBlocked_ = false;
    flush();
  }
  if (!open_) return;
  if (canRead || stream_.readNeedsWrite()) {
    if (wantsInput() && !inputEnded_) {
      readSome();
    } else if ((events & EPOLLHUP) != 0) {
      close(CloseReason::PeerReset);
    } else if ((events & EPOLLRDHUP) != 0) {
      tellInputEnd();
    }
  }
  updateInterest();
}

// --- input ---

void TcpConnection::takeInput(std::span<const char> bytes) {
  if (draining_) return;
  if (consumed_ > 0) {
    input_.erase(0, consumed_);
    consumed_ = 0;
  }
  input_.append(bytes.data(), bytes.size());
}

void TcpConnection::readSome() {
  if (!wantsInput() || inputEnded_) return;
  auto space = loop_->scratch();
  if (!draining_) space = space.first(std::min(space.size(), inputLimit_ - (input_.size() - consumed_)));
  const auto result = stream_.read(space);
  switch (result.state) {
    case ByteStream::State::Again: break;
    case ByteStream::State::Failed: return close(isSecure() ? CloseReason::ProtocolError : CloseReason::PeerReset);
    case ByteStream::State::End:
      inputEnded_ = true;
      if (lingering_) return close(reason_);
      if (inputEndTold_ && !draining_ && handler_) {
        handler_->onInput(*this);
      } else {
        tellInputEnd();
      }
      break;
    case ByteStream::State::Done:
      loop_->counters().receivedBytes.add(result.bytes);
      takeInput(space.first(result.bytes));
      // What TLS has taken from the socket already, epoll does not tell of again.
      if (stream_.hasPending()) putOff(Read);
      if (!draining_ && handler_) handler_->onInput(*this);
      break;
  }
  updateInterest();
}

void TcpConnection::tellInputEnd() {
  if (std::exchange(inputEndTold_, true) || draining_ || !handler_) return;
  handler_->onInputEnd(*this);
}

void TcpConnection::consume(std::size_t bytes) {
  if (!open_) return;
  consumed_ += std::min(bytes, input_.size() - consumed_);
  if (consumed_ == input_.size()) {
    std::string().swap(input_);
    consumed_ = 0;
  }
  if (wantsInput() && stream_.hasPending()) putOff(Read);
  updateInterest();
}

void TcpConnection::setInputLimit(std::size_t bytes) {
  inputLimit_ = bytes;
  consume(0);
}

void TcpConnection::pauseReading(bool paused) {
  paused_ = paused;
  consume(0);
}

// --- output ---

SendState TcpConnection::send(SharedBytes bytes, EventLoop::Turn turn) {
  if (!open_ || draining_) return SendState::Dropped;
  if (bytes->empty()) return SendState::Sent;
  if (!output_.hasRoom() && !makeRoom()) return SendState::Dropped;
  output_.push(std::move(bytes));
  if (writeBlocked_ || stream_.writeNeedsRead()) {
    countWaiting();
    return SendState::Queued;
  }
  queueFlush(turn);
  return SendState::Sent;
}

/// A burst before the connection's turn is not what the limit is for: it is for clients that do not read. Writes
/// without the rest of what flush does, which comes in the connection's turn all the same.
bool TcpConnection::makeRoom() {
  if (writeBlocked_ || stream_.writeNeedsRead()) return false;
  std::vector<char> scratch(loop_->scratch().size());  // the loop's may hold what is being read
  while (!output_.hasRoom())
    if (stream_.write(output_, scratch).state != ByteStream::State::Done) return false;
  return true;
}

void TcpConnection::flush() {
  if (lingering_) return;
  while (!output_.isEmpty()) {
    const auto result = stream_.write(output_, loop_->scratch());
    if (result.state == ByteStream::State::Failed) return close(CloseReason::PeerReset);
    if (result.state == ByteStream::State::Again) break;
  }
  const bool empty = output_.isEmpty();
  writeBlocked_ = !empty && !stream_.writeNeedsRead();
  const auto written = bytesWritten() - countedWritten_;
  const bool progress = written > 0;
  countedWritten_ += written;
  loop_->counters().sentBytes.add(written);
  countWaiting();
  if (!draining_) {
    if (empty) {
      writeDue_ = {};
    } else if (progress || writeDue_ == Instant{}) {
      writeDue_ = loop_->now() + writeDeadline_;
      armTimer();
    }
    if (progress && handler_) handler_->onWritten(*this);
  } else if (empty) {
    flushed();
  }
  updateInterest();
}

void TcpConnection::countWaiting() {
  const auto waiting = output_.bytes();
  if (waiting == countedWaiting_) return;
  loop_->counters().waitingBytes.add(waiting - countedWaiting_);
  countedWaiting_ = waiting;
}

/// Everything of a connection that is to end has been written.
void TcpConnection::flushed() {
  stream_.endOutput();
  if (inputEnded_) return close(reason_);
  lingering_ = true;
  writeDue_ = loop_->now() + lingerDeadline_;
  armTimer();
}

void TcpConnection::leaveNewcomers() {
  if (!open_ || move_ || !started_) return;
  loop_->remove(stream_.descriptor(), this, lane_);
  lane_ = base::Lane::Normal;
  loop_->add(stream_.descriptor(), interest_, this, lane_);
}

// --- deadlines ---

void TcpConnection::setDeadline(Millis fromNow) {
  if (!open_) return;
  deadline_ = fromNow.count() <= 0 ? Instant{} : loop_->now() + fromNow;
  armTimer();
}

/// A timer that would fire earlier than needed is left as it is: it arms itself anew when it does. So the usual
/// later deadline of each request costs nothing.
void TcpConnection::armTimer() {
  if (!open_ || move_ || !started_) return;
  Instant due = deadline_;
  if (writeDue_ != Instant{} && (due == Instant{} || writeDue_ < due)) due = writeDue_;
  if (due == Instant{} || (timer_ != 0 && timerDue_ <= due)) return;
  loop_->cancel(timer_);
  timerDue_ = due;
  const auto delay = std::chrono::ceil<Millis>(due - loop_->now());
  timer_ = loop_->after(std::max(delay, Millis{0}), [this] { onTimer(); });
}

void TcpConnection::onTimer() {
  timer_ = 0;
  const auto now = loop_->now();
  if (writeDue_ != Instant{} && writeDue_ <= now) return close(lingering_ ? reason_ : CloseReason::Timeout);
  if (deadline_ != Instant{} && deadline_ <= now) {
    deadline_ = {};
    if (!draining_ && handler_) handler_->onDeadline(*this);
  }
  armTimer();
}

// --- end and move ---

void TcpConnection::close(CloseReason reason) {
  if (!open_) return;
  open_ = false;
  reason_ = reason;
  loop_->cancel(timer_);
  timer_ = 0;
  if (started_) loop_->remove(stream_.descriptor(), this, lane_);
  putOff(Settle);
}

void TcpConnection::finish() {
  if (handler_) handler_->onClosed(*this, reason_);
  handler_.reset();
  stream_.close();
  peerAddress_.reset();
  output_.clear();
  countWaiting();
  std::string().swap(input_);
  consumed_ = 0;
  if (std::exchange(started_, false)) {
    loop_->counters().connections.subtract(1);
    loop_->counters().closed.at(static_cast<std::size_t>(reason_)).add(1);
  }
  loop_->release(this);
  move_.reset();  // what was to run after it may own this connection
}

void TcpConnection::closeAfterFlush() {
  if (!open_ || draining_) return;
  draining_ = true;
  reason_ = inputEndTold_ ? CloseReason::PeerClosed : CloseReason::Local;
  std::string().swap(input_);
  consumed_ = 0;
  writeDue_ = loop_->now() + writeDeadline_;
  armTimer();
  queueFlush(EventLoop::Turn::Last);
  updateInterest();
}

void TcpConnection::moveTo(EventLoop& target, Task arrived) {
  if (!open_ || move_) return;
  if (&target == loop_) return loop_->atEndOfIteration(std::move(arrived));
  loop_->cancel(timer_);
  timer_ = 0;
  loop_->remove(stream_.descriptor(), this, lane_);
  move_ = std::make_unique<std::pair<EventLoop*, Task>>(&target, std::move(arrived));
  putOff(Settle);
}

/// Runs when nothing of this loop refers to the connection any more.
void TcpConnection::completeMove() {
  const auto self = std::static_pointer_cast<TcpConnection>(shared_from_this());
  const auto move = std::move(move_);
  loop_->counters().connections.subtract(1);
  loop_->counters().waitingBytes.subtract(std::exchange(countedWaiting_, 0));
  loop_->release(this);
  loop_ = move->first;
  loop_->post([self, arrived = std::move(move->second)] { self->arrive(arrived); });
}

void TcpConnection::arrive(const Task& arrived) {
  interest_ = 0;
  loop_->counters().connections.add(1);
  countWaiting();
  loop_->keep(std::static_pointer_cast<TcpConnection>(shared_from_this()));
  loop_->add(stream_.descriptor(), interest_, this, lane_);
  updateInterest();
  armTimer();
  if (isSecure()) putOff(Read);
  arrived();
}

}  // namespace parley::net
