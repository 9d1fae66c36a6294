// SPDX-License-Identifier: Apache-2.0
#include "realtime/engine/session_base.h"

namespace parley::realtime {

SessionBase::~SessionBase() {
  // Only one that did not come to its end before the loops did.
  if (line_) line_->forgetOwner();
}

void SessionBase::open(const SessionFactory& factory, const http::Request& handshake) {
  open_ = true;
  home_.sessions.emplace(id_, std::static_pointer_cast<SessionBase>(shared_from_this()));
  home_.heartbeats.awaitPing(*this);
  handler_ = factory(*this, handshake);
}

void SessionBase::leaveNewcomers() {
  isNewcomer_ = false;
  if (line_) line_->leaveNewcomers();
}

void SessionBase::end(const std::string& reason) {
  if (!open_) return;
  open_ = false;
  Heartbeats::remove(*this);
  // Not from here: the handler may be the one that is calling, and is freed afterwards.
  home_.loop.atEndOfIteration([this, self = shared_from_this(), reason] { finish(reason); });
}

void SessionBase::finish(const std::string& reason) {
  awaited_.clear();
  if (handler_) handler_->onClose(*this, reason);
  handler_.reset();
  // Here, since whoever holds the session last may let it go on another thread.
  line_.reset();
  home_.counts.open.fetch_sub(1, std::memory_order_relaxed);
  if (transport() == "polling") home_.counts.polling.fetch_sub(1, std::memory_order_relaxed);
  if (!lingers()) leave();
}

void SessionBase::leave() {
  home_.sessions.erase(id_);
}

std::shared_ptr<WebSocketLine> SessionBase::makeLine(net::Connection& connection) {
  WebSocketLine::Owner& owner = *this;
  return std::make_shared<WebSocketLine>(connection, owner, home_.lineOptions);
}

void SessionBase::deliver(std::string data, bool binary) {
  if (handler_) handler_->onMessage(*this, std::move(data), binary);
}

net::SendState SessionBase::drop(bool isVolatile) {
  (isVolatile ? home_.counts.dropped : home_.counts.overflowed).add();
  if (!isVolatile) overflow();
  return net::SendState::Dropped;
}

net::SendState SessionBase::sendOver(WebSocketLine& line, const SharedMessage& message, bool isVolatile,
                                     std::function<void()>&& written) {
  if (isVolatile && line.queuedBytes() > home_.options.volatileQueuedBytes) return drop(true);
  // What the sender is told of a delivery goes out with the acknowledgement, whose turn comes later.
  const auto turn = written ? net::EventLoop::Turn::First : net::EventLoop::Turn::Last;
  const auto state = line.send(shareFrames(message), turn);
  if (state == net::SendState::Dropped) return drop(isVolatile);
  if (written) awaited_.push_back({line.bytesQueued(), std::move(written)});
  return state;
}

void SessionBase::onLineInput(WebSocketLine& /*line*/) {
  onHeard();
}

void SessionBase::onLineWritten(WebSocketLine& line) {
  while (!awaited_.empty() && awaited_.front().mark <= line.bytesWritten()) {
    const auto written = std::move(awaited_.front().written);
    awaited_.pop_front();
    written();
  }
}

void SessionBase::onPingDue() {
  heard_ = false;
  pinged_ = true;
  sendPing();
  if (open_) home_.heartbeats.awaitPong(*this);
}

void SessionBase::onPong() {
  home_.heartbeats.awaitPing(*this);
  if (std::exchange(pinged_, false) && handler_) handler_->onPong();
}

void SessionBase::onPongOverdue() {
  // A long message on a slow line holds up the pong behind it, and so does a pause that is our own doing.
  if (heard_ || inputPaused_) {
    heard_ = false;
    home_.heartbeats.awaitPong(*this);
  } else {
    close("ping timeout");
  }
}

}  // namespace parley::realtime
