// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/head_scanner.h"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace parley::http {

/// Reads a chunked body (RFC 9112 section 7.1). Extensions are bounded and ignored, trailers bounded and dropped.
class ChunkDecoder {
 public:
  enum class Result { More, Done, Failed };

  explicit ChunkDecoder(const ParserLimits& limits) : limits_(limits) {}

  /// For a body that is not collected: it may be of any size.
  void liftLimit() { limits_.maxBody = std::numeric_limits<std::size_t>::max(); }

  /// Takes bytes from the front of `input`, says how many in `consumed`, and appends the content to `body`.
  Result feed(std::string_view input, std::size_t& consumed, std::string& body);
  /// After Failed.
  const ParseError& error() const { return error_; }

 private:
  enum class Phase { Size, Extension, SizeEnd, Data, DataCr, DataLf, TrailerStart, Trailer, TrailerEnd, LastLine };

  Result step(char c);
  Result sizeDigit(char c);
  Result sizeEnd();
  Result trailer(char c);
  Result enter(Phase phase);
  Result fail(int status, const char* detail);

  ParserLimits limits_;
  ParseError error_;
  Phase phase_ = Phase::Size;
  std::uint64_t left_ = 0;  ///< of this chunk
  std::uint64_t total_ = 0;
  int digits_ = 0;
  std::size_t extensions_ = 0;
  std::size_t trailer_ = 0;
};

}  // namespace parley::http
