// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace parley::http {

/// What a client is told about a request that cannot be understood; the connection ends then.
struct ParseError {
  int status = 400;
  std::string detail;  ///< English, for the failure object
};

/// Bounds of one request.
struct ParserLimits {
  std::size_t maxTarget = std::size_t{8} * 1024;       ///< beyond: 414
  std::size_t maxHead = std::size_t{16} * 1024;        ///< request line and fields; beyond: 431
  std::size_t maxHeaders = 100;                        ///< beyond: 431
  std::size_t maxBody = std::size_t{1} * 1024 * 1024;  ///< beyond: 413
  std::size_t maxChunkExtensions = 1024;               ///< of all chunks of a body; beyond: 400
  std::size_t maxTrailer = std::size_t{4} * 1024;      ///< beyond: 431
};

/// Finds the end of a request's head (RFC 9112 sections 2 to 5) and refuses what parsers are known to read differently:
/// bare LF or CR, folded lines, space before a colon, control characters. Looks at each byte once, so the verdict does
/// not depend on how the bytes were cut into pieces.
class HeadScanner {
 public:
  enum class Result { More, Done, Failed };

  explicit HeadScanner(const ParserLimits& limits) : limits_(limits) {}

  /// `input`: all bytes since the request's beginning, longer with each call.
  Result scan(std::string_view input);

  /// After Done: where the request line begins (one empty line before it is let pass) and where the head ends.
  std::size_t begin() const { return begin_; }
  std::size_t end() const { return at_; }
  /// After Failed.
  const ParseError& error() const { return error_; }

 private:
  enum class Phase { Start, EmptyLine, Method, Target, Version, LineEnd, FieldStart, FieldName, FieldValue, LastLine };

  Result step(char c);
  Result startLine(char c);
  Result target(char c);
  Result version(char c);
  Result fieldStart(char c);
  Result fieldName(char c);
  Result fieldValue(char c);
  Result enter(Phase phase);
  Result fail(int status, const char* detail);

  ParserLimits limits_;
  ParseError error_;
  Phase phase_ = Phase::Start;
  std::size_t begin_ = 0;
  std::size_t at_ = 0;
  std::size_t phaseBegin_ = 0;
  std::size_t fields_ = 0;
  char major_ = 0;
};

/// A character of a token (RFC 9110 section 5.6.2): method and field names.
bool isTokenChar(char c);

}  // namespace parley::http
