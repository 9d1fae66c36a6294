// SPDX-License-Identifier: Apache-2.0
#include "realtime/engine/websocket_line.h"

namespace parley::realtime {

namespace {

/// Input beyond what the decoder takes at once: a control frame, or the head of a data frame.
constexpr std::size_t inputLimit = 16U << 10U;

const char* reasonText(net::CloseReason reason) {
  switch (reason) {
    case net::CloseReason::PeerReset:
    case net::CloseReason::Timeout: return "transport error";
    case net::CloseReason::ProtocolError: return "parse error";
    case net::CloseReason::Shutdown: return "server shutting down";
    case net::CloseReason::PeerClosed:
    case net::CloseReason::OutputLimit:
    case net::CloseReason::Local: break;
  }
  return "transport close";
}

}  // namespace

/// What the connection owns. It keeps the line; the line forgets the connection when this goes.
class WebSocketLine::Handler final : public net::ConnectionHandler {
 public:
  explicit Handler(std::shared_ptr<WebSocketLine> line) : line_(std::move(line)) {}
  ~Handler() override { line_->connection_ = nullptr; }
  Handler(const Handler&) = delete;
  Handler& operator=(const Handler&) = delete;

  void onInput(net::Connection& /*connection*/) override {
    if (line_->owner_ != nullptr) line_->owner_->onLineInput(*line_);
    line_->readInput();
  }
  void onInputEnd(net::Connection& connection) override { connection.close(net::CloseReason::PeerClosed); }
  void onWritten(net::Connection& /*connection*/) override {
    if (line_->owner_ != nullptr) line_->owner_->onLineWritten(*line_);
  }
  void onDeadline(net::Connection& /*connection*/) override { line_->onDeadline(); }
  void onClosed(net::Connection& /*connection*/, net::CloseReason reason) override { line_->onClosed(reason); }

 private:
  std::shared_ptr<WebSocketLine> line_;
};

WebSocketLine::WebSocketLine(net::Connection& connection, Owner& owner, const Options& options)
    : connection_(&connection), owner_(&owner), options_(options), decoder_(options.message) {
  connection.setInputLimit(inputLimit);
  connection.setOutputLimit(options.maxQueuedBytes);
  connection.setDeadline(Millis(0));
}

void WebSocketLine::start() {
  if (connection_ != nullptr) connection_->setHandler(std::make_unique<Handler>(shared_from_this()));
}

net::SendState WebSocketLine::send(net::SharedBytes frames, net::EventLoop::Turn turn) {
  if (connection_ == nullptr || state_ != State::Open) return net::SendState::Dropped;
  return connection_->send(std::move(frames), turn);
}

void WebSocketLine::pauseInput(bool paused) {
  if (connection_ == nullptr || paused == paused_) return;
  paused_ = paused;
  connection_->pauseReading(paused);
  // What was read before the pause is taken from the loop, not from inside of whoever resumes.
  if (!paused) connection_->loop().post([self = shared_from_this()] { self->readInput(); });
}

void WebSocketLine::leaveNewcomers() {
  if (connection_ != nullptr) connection_->leaveNewcomers();
}

void WebSocketLine::setDeadline(Millis fromNow) {
  if (connection_ != nullptr) connection_->setDeadline(fromNow);
}

void WebSocketLine::close(std::uint16_t code, std::string_view reason) {
  owner_ = nullptr;
  if (connection_ == nullptr || state_ != State::Open) return;
  state_ = State::Closing;
  connection_->send(closeFrame(code, reason));
  pauseInput(false);
  connection_->setDeadline(options_.closeTimeout);
}

void WebSocketLine::fail(std::uint16_t code, std::string_view reason) {
  owner_ = nullptr;
  if (connection_ == nullptr || state_ == State::Ended) return;
  if (state_ == State::Open) connection_->send(closeFrame(code, reason));
  state_ = State::Ended;
  connection_->closeAfterFlush();
}

void WebSocketLine::abort(net::CloseReason reason) {
  owner_ = nullptr;
  state_ = State::Ended;
  if (connection_ != nullptr) connection_->close(reason);
}

void WebSocketLine::readInput() {
  if (reading_) return;
  reading_ = true;
  const auto self = shared_from_this();
  while (connection_ != nullptr && !paused_ && state_ != State::Ended) {
    std::string_view input = connection_->input();
    const auto before = input.size();
    const auto event = decoder_.next(input);
    connection_->consume(before - input.size());
    if (event == WebSocketDecoder::Event::NeedMore) break;
    onEvent(event);
  }
  reading_ = false;
}

void WebSocketLine::onEvent(WebSocketDecoder::Event event) {
  using Event = WebSocketDecoder::Event;
  switch (event) {
    case Event::NeedMore: break;
    case Event::Text:
    case Event::Binary:
      if (owner_ != nullptr) owner_->onLineMessage(*this, decoder_.takePayload(), event == Event::Binary);
      break;
    case Event::Ping: {
      std::string pong;
      appendFrame(pong, Opcode::Pong, decoder_.takePayload());
      // Over the output limit the pong is dropped: the peer does not read.
      send(std::make_shared<const std::string>(std::move(pong)));
      break;
    }
    case Event::Pong:
      if (owner_ != nullptr) owner_->onLinePong(*this);
      break;
    case Event::Close: onPeerClose(); break;
    case Event::Fault: {
      Owner* const owner = owner_;
      fail(decoder_.closeCode(), decoder_.faultText());
      if (owner != nullptr) owner->onLineEnd(*this, "parse error");
      break;
    }
  }
}

void WebSocketLine::onPeerClose() {
  if (state_ == State::Open) connection_->send(closeFrame(decoder_.closeCode()));
  state_ = State::Ended;
  connection_->closeAfterFlush();
  tellEnd("transport close");
}

void WebSocketLine::onDeadline() {
  if (state_ == State::Open) {
    Owner* const owner = owner_;
    fail(close_code::policyViolation, "timed out");
    if (owner != nullptr) owner->onLineEnd(*this, "transport error");
  } else {
    connection_->close(net::CloseReason::Timeout);
  }
}

void WebSocketLine::onClosed(net::CloseReason reason) {
  connection_ = nullptr;
  state_ = State::Ended;
  tellEnd(reasonText(reason));
}

void WebSocketLine::tellEnd(const std::string& reason) {
  if (owner_ == nullptr) return;
  Owner* const owner = owner_;
  owner_ = nullptr;
  owner->onLineEnd(*this, reason);
}

}  // namespace parley::realtime
