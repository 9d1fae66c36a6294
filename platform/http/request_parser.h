// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/chunk_decoder.h"
#include "http/head_scanner.h"
#include "http/message.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace parley::http {

/// Bytes in, one request out; knows no socket. HeadScanner draws the head's bounds, Beast's parser reads it, this class
/// decides how the body is framed (RFC 9112 section 6) and refuses whatever could be framed in two ways. It reads
/// bodies itself, since Beast puts trailers among the headers. After a request it is done: the next one takes a new
/// parser.
class RequestParser {
 public:
  enum class State {
    Head,      ///< the head is not complete
    Body,      ///< the head is there (see request), the body is not
    Complete,  ///< take the request
    Failed,    ///< see error; nothing after it can be trusted
  };

  /// Whether the body of a request goes to its route as it comes. Such a body has no limit here. Gets the method and
  /// the path as it was sent.
  using StreamTest = std::function<bool(std::string_view method, std::string_view rawPath)>;

  /// Whether requests with this Host field are answered; the others are refused with 403.
  using HostTest = std::function<bool(std::string_view host)>;

  explicit RequestParser(const ParserLimits& limits, StreamTest streams = {}, HostTest hosts = {});

  /// Takes bytes from the front of `input` and returns how many. What it left must come again, with more behind it.
  /// Returns when the state changes, so that the caller can look at a head before its body.
  std::size_t feed(std::string_view input);

  State state() const { return state_; }
  /// After Failed.
  const ParseError& error() const { return error_; }
  /// Whether the client waits for 100 (Continue) before it sends the body.
  bool expectsContinue() const { return expectsContinue_; }
  /// HTTP/1.1, not 1.0.
  bool isVersion11() const { return version11_; }
  /// `path` as it was sent, still percent-encoded. From Body on.
  std::string_view rawPath() const { return rawPath_; }
  /// From Body on, and after Failed as far as it was understood. Without what the connection knows (peerAddress,
  /// requestId, secure, loopIndex).
  const Request& request() const { return request_; }
  Request take() { return std::move(request_); }

  /// From Body on: the body is to be fetched with takeBody after each feed.
  bool isStreamed() const { return streamed_; }
  /// What came of the body since the last call.
  std::string takeBody() { return std::exchange(request_.body, {}); }
  /// What is still to come; nothing when only the end will tell.
  std::optional<std::uint64_t> bodyLeft() const { return chunked_ ? std::nullopt : std::optional(bodyLeft_); }

 private:
  std::size_t feedHead(std::string_view input);
  std::size_t feedFixedBody(std::string_view input);
  std::size_t feedChunkedBody(std::string_view input);
  bool interpretHead();
  bool interpretTarget();
  bool checkHost();
  bool checkTransferEncoding();
  bool checkContentLength();
  bool checkExpectations();
  bool checkSize();
  bool fail(int status, std::string detail);

  ParserLimits limits_;
  StreamTest streams_;
  HostTest hosts_;
  State state_ = State::Head;
  ParseError error_;
  HeadScanner scanner_;
  ChunkDecoder chunks_;
  Request request_;
  std::string rawPath_;
  std::uint64_t bodyLeft_ = 0;
  bool version11_ = true;
  bool chunked_ = false;
  bool hasLength_ = false;
  bool expectsContinue_ = false;
  bool streamed_ = false;
};

}  // namespace parley::http
