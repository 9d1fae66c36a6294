// SPDX-License-Identifier: Apache-2.0
#include "http/http_connection.h"

#include "base/clock.h"
#include "base/failure.h"
#include "base/id.h"
#include "base/log.h"
#include "http/gzip.h"
#include "http/response_writer.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace parley::http {

namespace {

constexpr std::size_t pieceSize = std::size_t{16} * 1024;
constexpr std::size_t requestIdBytes = 12;

/// A large body in memory, given out in pieces so that a slow reader fills no queue.
class TextSource final : public BodySource {
 public:
  explicit TextSource(std::string text) : text_(std::move(text)) {}
  State read(std::string& out, std::size_t max) override {
    const auto piece = std::string_view(text_).substr(at_, max);
    out.append(piece);
    at_ += piece.size();
    return at_ == text_.size() ? State::End : State::More;
  }
  void start(std::function<void()> /*wake*/) override {}

 private:
  std::string text_;
  std::size_t at_ = 0;
};

bool isKnownMethod(std::string_view method) {
  constexpr std::array<std::string_view, 7> known{"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"};
  return std::find(known.begin(), known.end(), method) != known.end();
}

std::string joined(const std::vector<std::string>& items) {
  std::string text;
  for (const auto& item : items) text += (text.empty() ? "" : ", ") + item;
  return text;
}

/// Allow for a path: what its routes have, and what the server adds.
std::string allowOf(const Router::Match& match) {
  auto methods = match.allowed;
  if (methods.empty() && match.upgrade) methods = {"GET"};
  methods.emplace_back("OPTIONS");
  return joined(methods);
}

bool asksForWebSocket(const Request& request) {
  return request.method == "GET" && request.headers.hasToken("Connection", "Upgrade") &&
         request.headers.hasToken("Upgrade", "websocket");
}

std::string localeOf(const Request& request, const ServerOptions& options) {
  return base::chooseLocale(request.headers.get("Accept-Language"), options.locale);
}

}  // namespace

/// One request that waits for its answer: what the answer needs of it. Shared with the Responder, which may answer from
/// any thread; only `owner` changes, on the loop alone.
struct HttpConnection::Exchange {
  HttpConnection* owner = nullptr;  ///< null when the connection has gone
  net::EventLoop* loop = nullptr;
  std::shared_ptr<const ServerOptions> options;
  std::function<void()> abort;
  std::string requestId;
  std::string locale;
  std::string origin;
  std::string host;
  bool secure = false;
  bool isHead = false;
  bool version11 = true;
  bool keepAlive = true;
  bool gzip = false;
  bool close = false;

  /// Gives a bare failure its body and compresses, in the thread that answers.
  void finish(Response& response) const {
    if (response.status >= 400 && response.body.empty() && !response.source && !response.headers.has("Content-Type")) {
      auto failed = failureResponse(response.status, std::string(reasonPhrase(response.status)), locale);
      response.body = std::move(failed.body);
      response.headers.set("Content-Type", std::string(failed.headers.get("Content-Type")));
    }
    const auto size = response.body.size();
    if (options->gzipThreshold == 0 || size < options->gzipThreshold || !isCompressible(response)) return;
    response.headers.add("Vary", "Accept-Encoding");
    if (!gzip || (loop->isCurrent() && size > options->gzipOnLoop)) return;
    auto packed = http::gzip(response.body, options->gzipLevel);
    if (packed.empty() || packed.size() >= size) return;
    response.body = std::move(packed);
    response.headers.set("Content-Encoding", "gzip");
  }
};

struct HttpConnection::Stream {
  std::shared_ptr<BodySource> source;
  std::optional<std::uint64_t> left;  ///< of an announced length
  bool chunked = false;
  bool reading = false;
};

HttpConnection::HttpConnection(std::shared_ptr<ConnectionHost> host, net::Connection& connection)
    : host_(std::move(host)), connection_(connection) {
  connection_.setDeadline(host_->options()->headDeadline);
}

HttpConnection::~HttpConnection() {
  if (exchange_) exchange_->owner = nullptr;
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
  while (!released_ && connection_.isOpen() && !exchange_ && !isClogged() && step()) {
  }
  processing_ = false;
  if (released_ || exchange_) return;
  if (inputEnded_ && !isClogged()) connection_.closeAfterFlush();
}

/// Takes the next step with what has come; false when more is needed.
bool HttpConnection::step() {
  const auto input = connection_.input();
  if (input.empty()) return false;
  if (!parser_) {
    const auto options = host_->options();
    parser_ = std::make_unique<RequestParser>(options->limits);
    connection_.setDeadline(options->headDeadline);
  }
  const auto before = parser_->state();
  const auto used = parser_->feed(input);
  connection_.consume(used);
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
  connection_.setDeadline(host_->options()->bodyDeadline);
  if (!parser_->expectsContinue() || !connection_.input().empty()) return true;
  const auto match = host_->router().find(parser_->request().method, parser_->rawPath());
  if (match.handler) {
    send("HTTP/1.1 100 Continue\r\n\r\n");
    return true;
  }
  // The client may send the body or not: only the end of the connection makes that clear.
  const bool known = !match.allowed.empty() || match.upgrade;
  refuse(known ? 405 : 404, known ? "the method is not allowed here" : "there is nothing at this path");
  return false;
}

void HttpConnection::begin(Request& request) {
  const auto given = request.headers.get("X-Request-Id");
  request.requestId = isUsableRequestId(given) ? std::string(given) : base::randomToken(requestIdBytes);
  request.peerAddress = connection_.peerAddress();
  request.secure = connection_.isSecure();
  request.loopIndex = connection_.loop().index();
  const auto options = host_->options();
  exchange_ = std::make_shared<Exchange>();
  exchange_->owner = this;
  exchange_->loop = &connection_.loop();
  exchange_->options = options;
  exchange_->requestId = request.requestId;
  exchange_->locale = localeOf(request, *options);
  exchange_->origin = request.headers.get("Origin");
  exchange_->host = request.headers.get("Host");
  exchange_->secure = request.secure;
  exchange_->isHead = request.method == "HEAD";
  exchange_->keepAlive = request.keepAlive;
  exchange_->gzip = acceptsGzip(request.headers.get("Accept-Encoding"));
}

/// Answers what could not be understood, or not be taken; the connection ends.
void HttpConnection::refuse(int status, std::string detail) {
  Request request = parser_->take();
  const bool version11 = parser_->isVersion11();
  parser_.reset();
  connection_.setDeadline(Millis{0});
  begin(request);
  exchange_->version11 = version11;
  base::log("http").debug("{} {} refused: {}", connection_.peerAddress(), status, detail);
  auto response = failureResponse(status, std::move(detail), exchange_->locale);
  response.close = true;
  respond(exchange_, std::move(response));
}

void HttpConnection::handle() {
  auto parser = std::move(parser_);
  auto request = parser->take();
  connection_.setDeadline(Millis{0});
  auto match = host_->router().find(request.method, parser->rawPath());
  if (match.upgrade && asksForWebSocket(request)) {
    request.params = std::move(match.params);
    return upgrade(std::move(request), *match.upgrade);
  }
  begin(request);
  exchange_->version11 = parser->isVersion11();
  const auto exchange = exchange_;
  const Responder responder([exchange](Response response) {
    exchange->finish(response);
    exchange->loop->dispatch([exchange, response = std::move(response)]() mutable {
      if (exchange->owner != nullptr) exchange->owner->respond(exchange, std::move(response));
    });
  });
  exchange->abort = responder.weakAbort();
  request.params = std::move(match.params);
  route(std::move(request), match, responder);
  if (inputEnded_ && exchange_ == exchange && !stream_) exchange->abort();
}

void HttpConnection::route(Request request, const Router::Match& match, const Responder& responder) {
  const base::LogContext context(request.requestId);
  const auto& locale = exchange_->locale;
  if (match.handler) {
    try {
      (*match.handler)(std::move(request), responder);
    } catch (const Error& error) {
      responder(failureResponse(error, locale));
    } catch (const std::exception& error) {
      base::log("http").error("a request handler failed: {}", error.what());
      responder(failureResponse(500, "internal error", locale));
    }
    return;
  }
  const bool known = !match.allowed.empty() || match.upgrade != nullptr;
  Response response;
  if (request.method == "OPTIONS" && (known || request.path == "*")) {
    response.status = 204;
    if (Cors::isPreflight(request)) response = host_->cors().preflight(request);
    response.headers.set("Allow", known ? allowOf(match) : "GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS");
  } else if (!isKnownMethod(request.method)) {
    response = failureResponse(501, "unknown method", locale);
  } else if (!known) {
    response = failureResponse(404, "there is nothing at this path", locale);
  } else if (match.allowed.empty() && request.method == "GET") {
    response = failureResponse(426, "this path speaks WebSocket only", locale);
    response.headers.set("Upgrade", "websocket");
  } else {
    response = failureResponse(405, "the method is not allowed here", locale);
    response.headers.set("Allow", allowOf(match));
  }
  responder(std::move(response));
}

void HttpConnection::upgrade(Request request, const UpgradeHandler& handler) {
  begin(request);
  exchange_.reset();
  released_ = true;
  host_->forget(*this, connection_.loop().index());
  const auto connection = connection_.shared_from_this();
  const base::LogContext context(request.requestId);
  handler(std::move(request), connection);
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
    if (send(std::move(head))) startStream(std::move(response.source), length, !length && exchange_->version11);
    return;
  }
  if (response.body.size() <= pieceSize) {
    head += response.body;
    if (send(std::move(head))) exchangeDone();
    return;
  }
  const auto size = response.body.size();
  if (send(std::move(head))) startStream(std::make_shared<TextSource>(std::move(response.body)), size, false);
}

void HttpConnection::startStream(std::shared_ptr<BodySource> source, std::optional<std::uint64_t> length,
                                 bool chunked) {
  stream_ = std::make_unique<Stream>();
  stream_->source = std::move(source);
  stream_->left = length;
  stream_->chunked = chunked;
  stream_->source->start([exchange = exchange_] {
    exchange->loop->post([exchange] {
      if (exchange->owner != nullptr && exchange->owner->exchange_ == exchange) exchange->owner->pump();
    });
  });
  pump();
}

/// Moves the body on until the source has nothing at hand or enough waits for the reader.
void HttpConnection::pump() {
  while (stream_ && connection_.isOpen() && !isClogged()) {
    std::string piece;
    const auto source = stream_->source;
    const auto state = source->read(piece, pieceSize);
    if (state == BodySource::State::Failed) return endStream(false);
    if (!piece.empty() && !writePiece(std::move(piece))) return;
    if (state == BodySource::State::End) return endStream(!stream_->left || *stream_->left == 0);
    if (state == BodySource::State::Wait) return;
  }
}

bool HttpConnection::writePiece(std::string piece) {
  if (stream_->left) {
    if (piece.size() > *stream_->left) {
      endStream(false);
      return false;
    }
    *stream_->left -= piece.size();
  }
  if (!stream_->chunked) return send(std::move(piece));
  std::array<char, 20> size{};
  std::snprintf(size.data(), size.size(), "%zx\r\n", piece.size());
  return send(size.data() + std::move(piece) + "\r\n");
}

void HttpConnection::endStream(bool complete) {
  const bool chunked = stream_->chunked;
  stream_.reset();
  if (!complete) {
    // What was sent must not look like the whole.
    const base::LogContext context(exchange_->requestId);
    base::log("http").warn("a response body ended before its time");
    connection_.close(net::CloseReason::Local);
    return;
  }
  if (chunked && !send("0\r\n\r\n")) return;
  exchangeDone();
}

void HttpConnection::exchangeDone() {
  const auto exchange = std::exchange(exchange_, nullptr);
  exchange->owner = nullptr;
  if (exchange->close) return connection_.closeAfterFlush();
  connection_.setDeadline(host_->options()->idleDeadline);
  process();
}

// --- the connection's events ---

void HttpConnection::onInputEnd(net::Connection& /*connection*/) {
  if (released_) return connection_.closeAfterFlush();
  inputEnded_ = true;
  if (exchange_ && exchange_->abort) {
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
  refuse(408, "the request did not come in time");
}

void HttpConnection::onClosed(net::Connection& /*connection*/, net::CloseReason /*reason*/) {
  if (std::exchange(released_, true)) return;
  host_->forget(*this, connection_.loop().index());
  stream_.reset();
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
