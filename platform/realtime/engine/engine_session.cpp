// SPDX-License-Identifier: Apache-2.0
#include "realtime/engine/engine_session.h"

#include "base/utf8.h"
#include "realtime/engine/engine_answers.h"

namespace parley::realtime {

namespace {

net::SharedBytes packetFrame(std::string_view packet) {
  std::string frame;
  appendFrame(frame, Opcode::Text, packet);
  return std::make_shared<const std::string>(std::move(frame));
}

}  // namespace

EngineSession::~EngineSession() {
  if (probe_) probe_->forgetOwner();
}

void EngineSession::openOnPolling(const SessionFactory& factory, const http::Request& handshake,
                                  std::shared_ptr<void> place) {
  polling_ = std::make_unique<PollingLine>(home_.options.maxPayload, home_.options.maxPollPackets, std::move(place));
  home_.counts.polling.fetch_add(1, std::memory_order_relaxed);
  open(factory, handshake);
}

void EngineSession::openOnWebSocket(net::Connection& connection, const std::string& openPacket,
                                    const SessionFactory& factory, const http::Request& handshake) {
  const auto line = makeLine(connection);
  line_ = line;
  line->send(packetFrame(openPacket));
  open(factory, handshake);
  line->start();
}

void EngineSession::onPoll(const http::Responder& responder, std::uint64_t number) {
  if (!polling_) return responder(engineError(EngineError::BadRequest));
  if (!isOpen()) return sayGoodbyeTo(responder, number);
  onHeard();
  if (polling_->hasPoll()) {
    responder(engineError(EngineError::BadRequest));
    return breakOff();
  }
  polling_->park(responder, number);
  flushPoll();
  if (probed_) polling_->release(EnginePacketType::Noop);
}

void EngineSession::sayGoodbyeTo(const http::Responder& responder, std::uint64_t number) {
  if (!lingering_) return responder(engineError(EngineError::UnknownSid));
  polling_->park(responder, number);
  flushPoll();
  lingering_ = !polling_->isEmpty();
  if (!lingering_) leave();
}

void EngineSession::onPollGone(std::uint64_t number) {
  if (polling_ && polling_->isParked(number)) breakOff();
}

void EngineSession::breakOff() {
  if (!isOpen()) return;
  polling_->release(EnginePacketType::Close);
  dropProbe();
  end("transport error");
  takePost();
}

void EngineSession::onPost(http::Request request, const http::Responder& responder) {
  if (!polling_ || !isOpen()) return responder(engineError(EngineError::BadRequest));
  onHeard();
  if (polling_->post || request.headers.get("Content-Type") == "application/octet-stream") {
    responder(engineError(EngineError::BadRequest));
    return breakOff();
  }
  if (!base::isUtf8(request.body)) {
    responder(engineError(EngineError::BadRequest));
    return fail(close_code::invalidPayload, "payload is not UTF-8");
  }
  polling_->post = std::make_unique<PollingLine::Post>(std::move(request.body), responder);
  takePost();
}

void EngineSession::takePost() {
  if (takingPost_) return;
  takingPost_ = true;
  while (isOpen() && polling_ && polling_->post && !inputPaused_ && !polling_->post->packets.atEnd()) {
    auto packet = polling_->post->packets.next();
    if (packet) {
      onPacket(std::move(*packet));
    } else {
      fail(close_code::protocolError, "malformed packet");
    }
  }
  takingPost_ = false;
  // After an end the rest is of no use to anyone; the client gets its answer all the same.
  if (!polling_ || !polling_->post) return;
  if (!isOpen() || polling_->post->packets.atEnd()) {
    polling_->post->responder(postAnswer());
    polling_->post.reset();
  }
}

void EngineSession::onPacket(EnginePacket packet) {
  switch (packet.type) {
    case EnginePacketType::Message: return deliver(std::move(packet.data), packet.binary);
    case EnginePacketType::Pong: return onPong();
    case EnginePacketType::Noop: return;
    case EnginePacketType::Close:
      if (polling_) polling_->release(EnginePacketType::Noop);
      if (line_) line_->close(close_code::normal, {});
      dropProbe();
      return end("transport close");
    case EnginePacketType::Open:
    case EnginePacketType::Ping:
    case EnginePacketType::Upgrade: return fail(close_code::protocolError, "packet out of place");
  }
}

net::SendState EngineSession::send(const SharedMessage& message, bool isVolatile, std::function<void()>&& written) {
  if (!isOpen()) return net::SendState::Dropped;
  if (line_) return sendOver(*line_, message, isVolatile, std::move(written));
  if (isVolatile && polling_->queuedBytes() > home_.options.volatileQueuedBytes) return drop(true);
  if (!polling_->hasRoom(home_.options.maxQueuedBytes)) return drop(isVolatile);
  polling_->push({message, EnginePacketType::Message, std::move(written)});
  if (!polling_->hasPoll()) return net::SendState::Queued;
  scheduleFlush();
  return net::SendState::Sent;
}

void EngineSession::sendPing() {
  if (polling_) polling_->expectPoll();
  sendPacket(EnginePacketType::Ping);
}

void EngineSession::sendPacket(EnginePacketType type) {
  if (line_) {
    const char packet = static_cast<char>(type);
    line_->send(packetFrame({&packet, 1}));
  } else {
    polling_->push({nullptr, type, {}});
    scheduleFlush();
  }
}

void EngineSession::scheduleFlush() {
  if (flushScheduled_ || !polling_->hasPoll()) return;
  flushScheduled_ = true;
  home_.loop.atEndOfIteration([this, self = shared_from_this()] {
    flushScheduled_ = false;
    if (isOpen() && polling_) flushPoll();
  });
}

void EngineSession::flushPoll() {
  auto written = polling_->flush();
  if (written.empty()) return;
  // The connection writes in its turn; this comes behind it.
  home_.loop.inTurn([this, self = shared_from_this(), calls = std::move(written)] {
    for (const auto& call : calls) {
      if (isOpen()) call();
    }
  });
}

void EngineSession::pauseInput(bool paused) {
  if (!isOpen() || paused == inputPaused_) return;
  inputPaused_ = paused;
  if (line_) {
    line_->pauseInput(paused);
  } else if (!paused && polling_->post) {
    home_.loop.post([this, self = shared_from_this()] { takePost(); });
  }
}

void EngineSession::close(const std::string& reason) {
  if (!isOpen()) return;
  dropProbe();
  if (line_) {
    line_->close(closeCodeFor(reason), reason);
  } else {
    queueGoodbye();
  }
  end(reason);
  takePost();
}

void EngineSession::queueGoodbye() {
  polling_->push({nullptr, EnginePacketType::Close, {}});
  flushPoll();
  lingering_ = !polling_->isEmpty();
  if (!lingering_) return;
  home_.loop.after(home_.options.closeTimeout, [this, self = shared_from_this()] {
    if (std::exchange(lingering_, false)) leave();
  });
}

void EngineSession::fail(std::uint16_t webSocketCode, const std::string& reason) {
  if (!isOpen()) return;
  dropProbe();
  if (line_) {
    line_->fail(webSocketCode, reason);
  } else {
    polling_->refuse();
  }
  end("parse error");
}

void EngineSession::overflow() {
  dropProbe();
  if (line_) {
    line_->abort(net::CloseReason::OutputLimit);
  } else {
    polling_->refuse();
  }
  end("transport close");
}

void EngineSession::onLineMessage(WebSocketLine& line, std::string data, bool binary) {
  if (!isOpen()) return;
  if (&line == probe_.get()) return onProbeMessage(data, binary);
  if (binary) return deliver(std::move(data), true);
  if (!data.empty() && data.front() == static_cast<char>(EnginePacketType::Message)) {
    data.erase(0, 1);
    return deliver(std::move(data), false);
  }
  auto packet = decodePacket(data);
  if (packet) {
    onPacket(std::move(*packet));
  } else {
    fail(close_code::protocolError, "malformed packet");
  }
}

void EngineSession::onLinePong(WebSocketLine& /*line*/) {}

void EngineSession::onLineEnd(WebSocketLine& line, const std::string& reason) {
  if (&line == probe_.get()) {
    probe_.reset();
    probed_ = false;
  } else {
    end(reason);
  }
}

void EngineSession::probe(net::Connection& connection, Millis timeout) {
  const auto line = makeLine(connection);
  probe_ = line;
  line->setDeadline(timeout);
  line->start();
}

void EngineSession::dropProbe() {
  if (probe_) probe_->close(close_code::normal, {});
  probe_.reset();
  probed_ = false;
}

void EngineSession::onProbeMessage(const std::string& data, bool binary) {
  if (!binary && data == "2probe") {
    probe_->send(packetFrame("3probe"));
    probed_ = true;
    // The client finishes its poll before it goes on; what is queued rides on it.
    flushPoll();
    polling_->release(EnginePacketType::Noop);
  } else if (!binary && data == "5" && probed_ && !polling_->post) {
    switchToProbe();
  } else {
    probe_->fail(close_code::protocolError, "not an upgrade");
    probe_.reset();
    probed_ = false;
  }
}

void EngineSession::switchToProbe() {
  polling_->release(EnginePacketType::Noop);
  auto items = polling_->takeItems();
  polling_.reset();
  home_.counts.polling.fetch_sub(1, std::memory_order_relaxed);
  line_ = std::move(probe_);
  line_->setDeadline(Millis(0));
  line_->pauseInput(inputPaused_);
  if (!isNewcomer_) line_->leaveNewcomers();
  for (auto& item : items) {
    if (!isOpen()) return;
    if (item.message) {
      sendOver(*line_, item.message, false, std::move(item.written));
    } else {
      sendPacket(item.packet);
    }
  }
}

}  // namespace parley::realtime
