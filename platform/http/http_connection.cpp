// SPDX-License-Identifier: Apache-2.0
#include "http/http_connection.h"

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "http/forwarded.h"
#include "http/own_answer.h"
#include "http/response_writer.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <utility>

namespace parley::http {

namespace {

constexpr std::size_t requestIdBytes = 12;
constexpr std::size_t smallBody = std::size_t{4} * 1024;   // up to here it goes behind the head in one piece
constexpr std::size_t wholeBody = std::size_t{64} * 1024;  // beyond, it goes as fast as the client takes it
constexpr const char* continueLine = "HTTP/1.1 100 Continue\r\n\r\n";

bool asksForWebSocket(const Request& request) {
  return request.method == "GET" && request.headers.hasToken("Connection", "Upgrade") &&
         request.headers.hasToken("Upgrade", "websocket");
}

}  // namespace

HttpConnection::HttpConnection(std::shared_ptr<ConnectionHost> host, net::Connection& connection)
    : host_(std::move(host)), connection_(connection) {
  connection_.setDeadline(host_->options()->headDeadline);
}

HttpConnection::~HttpConnection() {
  if (exchange_) exchange_->owner = nullptr;
  if (intake_) intake_->leave();
}

// --- requests ---

void HttpConnection::onInput(net::Connection& /*connection*/) {
  process();
}

bool HttpConnection::isClogged() const {
  return connection_.queuedBytes() > host_->options()->streamBuffer;
}

void HttpConnection::process() {
  if (std::exchange(processing_, true)) return;
  while (!released_ && connection_.isOpen() && mayStep() && step()) {
  }
  processing_ = false;
  if (released_) return;
  if (intake_ && connection_.isAtEnd() && connection_.input().empty()) {
    breakIntake();
    return connection_.close(net::CloseReason::PeerClosed);
  }
  if (!exchange_ && inputEnded_ && connection_.isAtEnd() && !isClogged()) connection_.closeAfterFlush();
}

bool HttpConnection::mayStep() const {
  return intake_ ? intake_->wantsMore() : !exchange_ && !isClogged();
}

/// Takes the next step with what has come; false when more is needed.
bool HttpConnection::step() {
  const auto input = connection_.input();
  if (input.empty()) return false;
  if (!parser_) {
    const auto options = host_->options();
    parser_ = std::make_unique<RequestParser>(
        options->limits,
        [this](std::string_view method, std::string_view path) {
          return host_->router().find(method, path).mode == BodyMode::Stream;
        },
        [this](std::string_view host) { return host_->options()->hosts.has(host); });
    connection_.setDeadline(options->headDeadline);
  }
  const auto before = parser_->state();
  const auto used = parser_->feed(input);
  connection_.consume(used);
  if (before == RequestParser::State::Body && parser_->isStreamed()) return stepIntake();
  switch (parser_->state()) {
    case RequestParser::State::Failed: refuse(parser_->error().status, parser_->error().detail); return false;
    case RequestParser::State::Complete: handle(); return true;
    case RequestParser::State::Body: return before == RequestParser::State::Head ? atBody() : used > 0;
    case RequestParser::State::Head: break;
  }
  return false;
}

/// A head is there, its body is still to come.
bool HttpConnection::atBody() {
  if (parser_->isStreamed()) {
    openIntake();
    return true;
  }
  connection_.setDeadline(host_->options()->bodyDeadline);
  if (!parser_->expectsContinue() || !connection_.input().empty()) return true;
  const auto match = host_->router().find(parser_->request().method, parser_->rawPath());
  if (match.handler) {
    send(continueLine);
    return true;
  }
  // The client may send the body or not: only the end of the connection makes that clear.
  const bool known = !match.allowed.empty() || match.upgrade;
  refuse(known ? 405 : 404, known ? "the method is not allowed here" : "there is nothing at this path");
  return false;
}

void HttpConnection::begin(Request& request, bool version11) {
  const auto given = request.headers.get("X-Request-Id");
  request.requestId = isUsableRequestId(given) ? std::string(given) : base::randomToken(requestIdBytes);
  request.peerAddress = connection_.peerAddress();
  request.secure = connection_.isSecure();
  applyForwarded(request, host_->options()->listen.trustedProxies);
  if (request.secure) request.strictTransport = host_->options()->strictTransport;
  request.loopIndex = connection_.loop().index();
  exchange_ = std::make_shared<Exchange>(request, version11, host_->options());
  exchange_->owner = this;
  exchange_->loop = &connection_.loop();
  exchange_->begun = connection_.loop().now();
}

/// Answers what could not be understood, or not be taken; the connection ends.
void HttpConnection::refuse(int status, std::string detail) {
  base::log("http").debug("{} {} refused: {}", connection_.peerAddress(), status, detail);
  const auto parser = std::move(parser_);
  connection_.setDeadline(Millis{0});
  if (intake_) {
    breakIntake();
  } else if (parser->isStreamed()) {
    return connection_.closeAfterFlush();  // this request has been answered; it was the rest of its body
  } else {
    Request request = parser->take();
    begin(request, parser->isVersion11());
  }
  auto response = failureResponse(status, std::move(detail), exchange_->locale);
  response.close = true;
  respond(exchange_, std::move(response));
}

void HttpConnection::handle() {
  const auto parser = std::move(parser_);
  auto request = parser->take();
  connection_.setDeadline(Millis{0});
  auto match = host_->router().find(request.method, parser->rawPath());
  if (match.upgrade && parser->isVersion11() && asksForWebSocket(request)) {
    request.params = std::move(match.params);
    return upgrade(std::move(request), *match.upgrade);
  }
  begin(request, parser->isVersion11());
  if (match.mode == BodyMode::Stream) request.incoming = std::make_shared<BodyIntake>(connection_.loop());
  answer(std::move(request), std::move(match));
}

void HttpConnection::answer(Request request, Router::Match match) {
  const auto exchange = exchange_;
  exchange->calls = match.calls;
  const Responder responder([exchange](Response response) {
    exchange->finish(response);
    exchange->loop->dispatch([exchange, response = std::move(response)]() mutable {
      if (exchange->owner != nullptr) exchange->owner->respond(exchange, std::move(response));
    });
  });
  exchange->abort = responder.weakAbort();
  request.params = std::move(match.params);
  route(std::move(request), match, responder);
  if (inputEnded_ && exchange_ == exchange && !stream_ && !intake_) exchange->abort();
}

void HttpConnection::route(Request request, const Router::Match& match, const Responder& responder) {
  const base::LogContext context(request.requestId);
  const auto locale = exchange_->locale;
  if (!match.handler || Cors::isPreflight(request)) return responder(ownAnswer(request, match, host_->cors(), locale));
  try {
    (*match.handler)(std::move(request), responder);
  } catch (const Error& error) {
    responder(failureResponse(error, locale));
  } catch (const std::exception& error) {
    base::log("http").error("a request handler failed: {}", error.what());
    responder(failureResponse(500, "internal error", locale));
  }
}

void HttpConnection::upgrade(Request request, const UpgradeHandler& handler) {
  begin(request, true);
  exchange_.reset();
  released_ = true;
  host_->forget(*this, connection_.loop().index());
  const auto connection = connection_.shared_from_this();
  const base::LogContext context(request.requestId);
  handler(std::move(request), connection);
}

// --- bodies that a route takes as they come ---

void HttpConnection::openIntake() {
  auto request = parser_->take();
  connection_.setDeadline(Millis{0});
  auto match = host_->router().find(request.method, parser_->rawPath());
  begin(request, parser_->isVersion11());
  continueDue_ = parser_->expectsContinue();
  watching_ = false;
  intake_ = std::make_shared<BodyIntake>(connection_.loop(), exchange_->options->bodyWindow, [this] { intakeMoved(); });
  request.incoming = intake_;
  answer(std::move(request), std::move(match));
}

/// Passes on what the parser took; without an intake the rest of a body that nobody wants is thrown away.
bool HttpConnection::stepIntake() {
  auto piece = parser_->takeBody();
  if (intake_ && !piece.empty()) {
    progress_ += piece.size();
    intake_->give(std::move(piece));
    if (!parser_) return false;  // it was answered at once, and the connection ends
  }
  if (parser_->state() == RequestParser::State::Failed) {
    refuse(parser_->error().status, parser_->error().detail);
    return false;
  }
  if (parser_->state() == RequestParser::State::Body) {
    if (intake_) watchIntake();
    return !connection_.input().empty();
  }
  parser_.reset();
  connection_.setDeadline(exchange_ ? Millis{0} : host_->options()->idleDeadline);
  if (const auto intake = std::exchange(intake_, nullptr)) intake->end();
  return true;
}

void HttpConnection::intakeMoved() {
  if (released_ || !intake_) return;
  // A client that has begun to send waits for nothing.
  if (std::exchange(continueDue_, false) && connection_.input().empty()) send(continueLine);
  watchIntake();
  process();
}

/// While more of the body is wanted it has to come; while it is not, the client may not be blamed.
void HttpConnection::watchIntake() {
  const auto& options = *exchange_->options;
  if (!intake_->wantsMore()) {
    if (std::exchange(watching_, false)) connection_.setDeadline(Millis{0});
  } else if (!watching_ || progress_ >= options.bodyProgress) {
    watching_ = true;
    progress_ = 0;
    connection_.setDeadline(options.streamDeadline);
  }
}

/// The answer comes before the body's end. False when the rest is too much to be thrown away, or may never come: then
/// only the connection's end tells the client and us where the next request would begin.
bool HttpConnection::leaveIntake() {
  std::exchange(intake_, nullptr)->leave();
  const auto left = parser_->bodyLeft();
  const bool comes = !continueDue_ || !connection_.input().empty();
  if (left && *left <= exchange_->options->maxDiscard && comes) return true;
  parser_.reset();
  return false;
}

void HttpConnection::breakIntake() {
  std::exchange(intake_, nullptr)->fail();
}

// --- responses ---

bool HttpConnection::send(std::string bytes) {
  if (connection_.send(std::move(bytes)) != net::SendState::Dropped) return true;
  connection_.close(net::CloseReason::OutputLimit);
  return false;
}

void HttpConnection::respond(const std::shared_ptr<Exchange>& exchange, Response response) {
  if (exchange != exchange_ || stream_ || !connection_.isOpen()) return;
  exchange->abort = nullptr;
  auto& calls = exchange->calls != nullptr ? *exchange->calls : host_->router().unrouted();
  calls.ended(connection_.loop().now() - exchange->begun, static_cast<std::size_t>(response.status / 100));
  connection_.setDeadline(Millis{0});
  if (intake_ && !leaveIntake()) response.close = true;
  host_->cors().addTo(response, exchange->origin, exchange->host, exchange->secure);
  ResponseFrame frame;
  frame.version11 = exchange->version11;
  frame.requestId = exchange->requestId;
  const bool unknownLength = response.source && !response.headers.has("Content-Length");
  frame.chunked = unknownLength && exchange->version11;
  // With HTTP/1.0 only the connection's end can show where such a body ends.
  exchange->close =
      response.close || !exchange->keepAlive || host_->isDraining() || (unknownLength && !exchange->version11);
  frame.keepAlive = !exchange->close;
  frame.strictTransport = exchange->strictTransport;
  auto head = writeHead(response, frame, base::SystemClock().now());
  if (exchange->isHead || !hasBody(response.status)) {
    if (send(std::move(head))) exchangeDone();
    return;
  }
  sendBody(std::move(response), std::move(head));
}

void HttpConnection::sendBody(Response response, std::string head) {
  if (response.source) {
    std::optional<std::uint64_t> length;
    const auto text = response.headers.get("Content-Length");
    if (!text.empty()) length = std::strtoull(std::string(text).c_str(), nullptr, 10);
    if (send(std::move(head)))
      startStream(ResponseStream(std::move(response.source), length, !length && exchange_->version11));
    return;
  }
  auto& body = response.body;
  const auto size = body.size();
  if (size <= smallBody) head += std::exchange(body, {});
  if (!send(std::move(head))) return;
  if (size > wholeBody) return startStream(ResponseStream(textSource(std::move(body)), size, false));
  if (body.empty() || send(std::move(body))) exchangeDone();
}

void HttpConnection::startStream(ResponseStream stream) {
  stream_ = std::make_unique<ResponseStream>(std::move(stream));
  stream_->source()->start([exchange = exchange_] {
    exchange->loop->post([exchange] {
      if (exchange->owner != nullptr && exchange->owner->exchange_ == exchange) exchange->owner->pump();
    });
  });
  pump();
}

void HttpConnection::pump() {
  if (!stream_) return;
  const auto state = stream_->pump(connection_, host_->options()->streamBuffer);
  if (state == ResponseStream::State::Waiting) return;
  stream_.reset();
  if (state == ResponseStream::State::Done) return exchangeDone();
  const base::LogContext context(exchange_->requestId);
  base::log("http").warn("a response body ended before its time");
  connection_.close(net::CloseReason::Local);
}

void HttpConnection::exchangeDone() {
  const auto exchange = std::exchange(exchange_, nullptr);
  exchange->owner = nullptr;
  if (exchange->close) return connection_.closeAfterFlush();
  const auto options = host_->options();
  connection_.setDeadline(parser_ ? options->bodyDeadline : options->idleDeadline);
  process();
}

// --- the connection's events ---

void HttpConnection::onInputEnd(net::Connection& /*connection*/) {
  if (released_) return connection_.closeAfterFlush();
  inputEnded_ = true;
  if (exchange_ && exchange_->abort && !intake_) {
    const auto exchange = exchange_;
    exchange->abort();
  }
  process();
}

void HttpConnection::onWritten(net::Connection& /*connection*/) {
  if (released_) return;
  if (stream_) {
    pump();
  } else {
    process();
  }
}

void HttpConnection::onDeadline(net::Connection& /*connection*/) {
  if (released_) return;
  // A slow reader of the last response is not idle; the write deadline is what binds it.
  if (!parser_ && connection_.queuedBytes() > 0) return connection_.setDeadline(host_->options()->idleDeadline);
  if (!parser_) return connection_.close(net::CloseReason::Timeout);
  if (exchange_ && !intake_) return;
  refuse(408, "the request did not come in time");
}

void HttpConnection::onClosed(net::Connection& /*connection*/, net::CloseReason /*reason*/) {
  if (std::exchange(released_, true)) return;
  host_->forget(*this, connection_.loop().index());
  stream_.reset();
  if (intake_) breakIntake();
  const auto exchange = std::exchange(exchange_, nullptr);
  if (!exchange) return;
  exchange->owner = nullptr;
  if (exchange->abort) exchange->abort();
}

void HttpConnection::drain() {
  if (isIdle() && connection_.input().empty()) connection_.closeAfterFlush();
}

void HttpConnection::close() {
  connection_.close(net::CloseReason::Shutdown);
}

}  // namespace parley::http
