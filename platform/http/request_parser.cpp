// SPDX-License-Identifier: Apache-2.0
#include "http/request_parser.h"

#include "http/text.h"
#include "http/url.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include <algorithm>
#include <utility>

namespace parley::http {

namespace {

namespace beast = boost::beast;

/// Collects what Beast's parser reads of a head straight into a Request.
class HeadReader final : public beast::http::basic_parser<true> {
 public:
  HeadReader(Request& request, std::size_t headSize) : request_(request) {
    skip(true);
    body_limit(boost::none);
    header_limit(static_cast<std::uint32_t>(headSize));
  }

  /// Whether `head` is one complete head by Beast's judgement too.
  bool read(std::string_view head) {
    beast::error_code error;
    const auto used = put(boost::asio::buffer(head.data(), head.size()), error);
    return !error && is_header_done() && used == head.size();
  }
  bool isVersion11() const { return version_ >= 11; }

 private:
  using Text = beast::string_view;
  static std::string copy(Text text) { return {text.data(), text.size()}; }

  void on_request_impl(beast::http::verb, Text method, Text target, int version, beast::error_code&) override {
    request_.method = copy(method);
    request_.target = copy(target);
    version_ = version;
  }
  void on_response_impl(int, Text, int, beast::error_code&) override {}
  void on_field_impl(beast::http::field, Text name, Text value, beast::error_code&) override {
    request_.headers.add(copy(name), copy(value));
  }
  void on_header_impl(beast::error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, beast::error_code&) override {}
  std::size_t on_body_impl(Text body, beast::error_code&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t, Text, beast::error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, Text body, beast::error_code&) override { return body.size(); }
  void on_finish_impl(beast::error_code&) override {}

  Request& request_;
  int version_ = 11;
};

std::size_t countOf(const Headers& headers, std::string_view name) {
  return static_cast<std::size_t>(std::count_if(headers.begin(), headers.end(),
                                                [name](const auto& field) { return equalsNoCase(field.first, name); }));
}

constexpr const char* tooLarge = "the request body is too large";

bool isHostChar(char c) {
  return isTokenChar(c) || std::string_view(":[]").find(c) != std::string_view::npos;
}

bool needsLength(const std::string& method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

}  // namespace

RequestParser::RequestParser(const ParserLimits& limits, StreamTest streams, HostTest hosts)
    : limits_(limits), streams_(std::move(streams)), hosts_(std::move(hosts)), scanner_(limits), chunks_(limits) {}

bool RequestParser::fail(int status, std::string detail) {
  state_ = State::Failed;
  error_ = {status, std::move(detail)};
  return false;
}

std::size_t RequestParser::feed(std::string_view input) {
  switch (state_) {
    case State::Head: return feedHead(input);
    case State::Body: return chunked_ ? feedChunkedBody(input) : feedFixedBody(input);
    case State::Complete:
    case State::Failed: break;
  }
  return 0;
}

std::size_t RequestParser::feedHead(std::string_view input) {
  switch (scanner_.scan(input)) {
    case HeadScanner::Result::More: return 0;
    case HeadScanner::Result::Failed: fail(scanner_.error().status, scanner_.error().detail); return 0;
    case HeadScanner::Result::Done: break;
  }
  const auto head = input.substr(scanner_.begin(), scanner_.end() - scanner_.begin());
  HeadReader reader(request_, head.size());
  if (!reader.read(head)) {
    fail(400, "malformed request head");
    return 0;
  }
  version11_ = reader.isVersion11();
  if (!interpretHead()) return 0;
  state_ = chunked_ || bodyLeft_ > 0 ? State::Body : State::Complete;
  return scanner_.end();
}

std::size_t RequestParser::feedFixedBody(std::string_view input) {
  const auto part = input.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(bodyLeft_, input.size())));
  request_.body.append(part);
  bodyLeft_ -= part.size();
  if (bodyLeft_ == 0) state_ = State::Complete;
  return part.size();
}

std::size_t RequestParser::feedChunkedBody(std::string_view input) {
  std::size_t consumed = 0;
  switch (chunks_.feed(input, consumed, request_.body)) {
    case ChunkDecoder::Result::More: break;
    case ChunkDecoder::Result::Done: state_ = State::Complete; break;
    case ChunkDecoder::Result::Failed: fail(chunks_.error().status, chunks_.error().detail); break;
  }
  return consumed;
}

bool RequestParser::interpretHead() {
  const auto& headers = request_.headers;
  request_.keepAlive =
      version11_ ? !headers.hasToken("Connection", "close") : headers.hasToken("Connection", "keep-alive");
  return checkHost() && checkTransferEncoding() && checkContentLength() && interpretTarget() && checkExpectations() &&
         checkSize();
}

bool RequestParser::checkHost() {
  const auto count = countOf(request_.headers, "Host");
  if (count > 1 || (count == 0 && version11_)) return fail(400, "exactly one Host header is needed");
  const auto host = request_.headers.get("Host");
  if (!std::all_of(host.begin(), host.end(), isHostChar)) return fail(400, "malformed Host header");
  if (hosts_ && !hosts_(host)) return fail(403, "the Host header is none of server.hosts");
  return true;
}

bool RequestParser::checkTransferEncoding() {
  const auto count = countOf(request_.headers, "Transfer-Encoding");
  if (count == 0) return true;
  if (!version11_) return fail(400, "Transfer-Encoding is not part of HTTP/1.0");
  if (count > 1) return fail(400, "more than one Transfer-Encoding header");
  if (request_.headers.has("Content-Length"))
    return fail(400, "Content-Length and Transfer-Encoding exclude each other");
  if (!equalsNoCase(request_.headers.get("Transfer-Encoding"), "chunked"))
    return fail(501, "the only transfer coding is chunked");
  chunked_ = true;
  return true;
}

bool RequestParser::checkContentLength() {
  const auto count = countOf(request_.headers, "Content-Length");
  if (count == 0) return true;
  const auto text = request_.headers.get("Content-Length");
  const bool digits = std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (count > 1 || text.empty() || !digits) return fail(400, "malformed Content-Length");
  constexpr std::uint64_t maxLength = std::uint64_t{1} << 60;  // so that it cannot overflow
  for (const char c : text) {
    bodyLeft_ = bodyLeft_ * 10 + static_cast<std::uint64_t>(c - '0');
    if (bodyLeft_ > maxLength) return fail(413, tooLarge);
  }
  hasLength_ = true;
  return true;
}

bool RequestParser::interpretTarget() {
  std::string_view target = request_.target;
  if (request_.method == "CONNECT") return fail(501, "this is no proxy");
  // The absolute form, which a client sends to a proxy, must be understood (RFC 9112 section 3.2.2).
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!equalsNoCase(target.substr(0, scheme.size()), scheme)) continue;
    const auto end = target.find_first_of("/?", scheme.size());
    target = end == std::string_view::npos ? std::string_view("/") : target.substr(end);
  }
  const auto question = target.find('?');
  const auto path = target.substr(0, question);
  rawPath_ = path.empty() ? std::string_view("/") : path;
  if (question != std::string_view::npos) request_.query = target.substr(question + 1);
  const bool asterisk = rawPath_ == "*" && request_.method == "OPTIONS";
  auto decoded = decodePath(rawPath_);
  if (!decoded || (decoded->front() != '/' && !asterisk)) return fail(400, "malformed path");
  request_.path = *std::move(decoded);
  return true;
}

bool RequestParser::checkExpectations() {
  if (!chunked_ && !hasLength_ && needsLength(request_.method)) return fail(411, "a body's length must be given");
  const auto coding = request_.headers.get("Content-Encoding");
  if (!coding.empty() && !equalsNoCase(coding, "identity")) return fail(415, "request bodies must not be compressed");
  if (!request_.headers.has("Expect") || !version11_) return true;
  if (!equalsNoCase(request_.headers.get("Expect"), "100-continue")) return fail(417, "unknown expectation");
  expectsContinue_ = chunked_ || bodyLeft_ > 0;
  return true;
}

bool RequestParser::checkSize() {
  streamed_ = (chunked_ || bodyLeft_ > 0) && streams_ && streams_(request_.method, rawPath_);
  if (streamed_) {
    chunks_.liftLimit();
  } else if (bodyLeft_ > limits_.maxBody) {
    return fail(413, tooLarge);
  }
  return true;
}

}  // namespace parley::http
