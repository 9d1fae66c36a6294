// SPDX-License-Identifier: Apache-2.0
#include "http/head_scanner.h"

namespace parley::http {

namespace {

constexpr std::size_t maxMethod = 32;
constexpr std::string_view versionForm = "HTTP/d.d";

bool isControl(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7F;
}

}  // namespace

bool isTokenChar(char c) {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) return true;
  return c != 0 && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

HeadScanner::Result HeadScanner::scan(std::string_view input) {
  while (at_ < input.size()) {
    if (at_ - begin_ >= limits_.maxHead) return fail(431, "the request head is too large");
    const auto result = step(input[at_]);
    if (result == Result::Failed) return result;
    ++at_;
    if (result == Result::Done) return result;
  }
  return Result::More;
}

HeadScanner::Result HeadScanner::step(char c) {
  switch (phase_) {
    case Phase::Start:
    case Phase::EmptyLine:
    case Phase::Method: return startLine(c);
    case Phase::Target: return target(c);
    case Phase::Version: return version(c);
    case Phase::LineEnd: return c == '\n' ? enter(Phase::FieldStart) : fail(400, "a line must end with CR LF");
    case Phase::FieldStart: return fieldStart(c);
    case Phase::FieldName: return fieldName(c);
    case Phase::FieldValue: return fieldValue(c);
    case Phase::LastLine: return c == '\n' ? Result::Done : fail(400, "a line must end with CR LF");
  }
  return fail(400, "malformed request");
}

HeadScanner::Result HeadScanner::startLine(char c) {
  if (phase_ == Phase::Start && c == '\r' && begin_ == 0) return enter(Phase::EmptyLine);
  if (phase_ == Phase::EmptyLine) {
    begin_ = at_ + 1;
    return c == '\n' ? enter(Phase::Start) : fail(400, "a line must end with CR LF");
  }
  if (isTokenChar(c)) {
    if (at_ - begin_ >= maxMethod) return fail(501, "unknown method");
    phase_ = Phase::Method;
    return Result::More;
  }
  if (c == ' ' && phase_ == Phase::Method) return enter(Phase::Target);
  return fail(400, "malformed request line");
}

HeadScanner::Result HeadScanner::target(char c) {
  if (c == ' ' && at_ > phaseBegin_) return enter(Phase::Version);
  // Bytes beyond ASCII are let pass: many clients send paths in UTF-8 as they are.
  if (c == ' ' || c == '#' || isControl(c)) return fail(400, "malformed request target");
  if (at_ - phaseBegin_ >= limits_.maxTarget) return fail(414, "the request target is too long");
  return Result::More;
}

HeadScanner::Result HeadScanner::version(char c) {
  const auto place = at_ - phaseBegin_;
  if (place == versionForm.size()) return c == '\r' ? enter(Phase::LineEnd) : fail(400, "malformed HTTP version");
  const bool digit = c >= '0' && c <= '9';
  if (versionForm[place] == 'd' ? !digit : c != versionForm[place]) return fail(400, "malformed HTTP version");
  if (place == versionForm.size() - 3) major_ = c;
  if (place == versionForm.size() - 1 && (major_ != '1' || c > '1'))
    return fail(505, "only HTTP/1.1 and HTTP/1.0 are spoken here");
  return Result::More;
}

HeadScanner::Result HeadScanner::fieldStart(char c) {
  if (c == '\r') return enter(Phase::LastLine);
  if (c == ' ' || c == '\t') return fail(400, "folded header lines are not accepted");
  if (!isTokenChar(c)) return fail(400, "malformed header name");
  if (++fields_ > limits_.maxHeaders) return fail(431, "too many header fields");
  return enter(Phase::FieldName);
}

HeadScanner::Result HeadScanner::fieldName(char c) {
  if (c == ':') return enter(Phase::FieldValue);
  if (isTokenChar(c)) return Result::More;
  return fail(400, c == ' ' || c == '\t' ? "no space is allowed before a header's colon" : "malformed header name");
}

HeadScanner::Result HeadScanner::fieldValue(char c) {
  if (c == '\r') return enter(Phase::LineEnd);
  if (c == '\n') return fail(400, "a line must end with CR LF");
  if (isControl(c) && c != '\t') return fail(400, "control character in a header value");
  return Result::More;
}

HeadScanner::Result HeadScanner::enter(Phase phase) {
  phase_ = phase;
  phaseBegin_ = at_ + 1;
  return Result::More;
}

HeadScanner::Result HeadScanner::fail(int status, const char* detail) {
  error_ = {status, detail};
  return Result::Failed;
}

}  // namespace parley::http
