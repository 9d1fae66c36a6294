// SPDX-License-Identifier: Apache-2.0
#include "multipart_parser.h"

#include "http_text.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace file_transfer {

namespace {

constexpr std::size_t maxBoundary = 70;  ///< RFC 2046 section 5.1.1
constexpr std::size_t maxPadding = 64;   ///< of a delimiter line

/// Browsers write a quote in a name as %22, and a percent sign as it is (WHATWG HTML, multipart form data).
std::string withQuotes(std::string name) {
  constexpr std::string_view escaped = "%22";
  for (std::size_t at = 0; (at = name.find(escaped, at)) != std::string::npos; ++at)
    name.replace(at, escaped.size(), 1, '"');
  return name;
}

/// What one header field says of the part; false when it cannot be read.
bool readField(std::string_view line, PartHead& head, bool& hasDisposition) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  if (lowerCase(trimmed(line.substr(0, colon))) != "content-disposition") return true;
  if (std::exchange(hasDisposition, true)) return false;
  const auto value = parseParameters(line.substr(colon + 1));
  if (!value || value->first != "form-data") return false;
  for (const auto& [name, text] : value->second) {
    if (name == "name") head.name = text;
    if (name == "filename" || name == "filename*") head.isFile = true;
    if (name == "filename" && head.fileName.empty()) head.fileName = withQuotes(text);
    if (name == "filename*")
      if (auto decoded = decodeExtended(text)) head.fileName = *std::move(decoded);
  }
  return !head.name.empty();
}

/// `text` is the field lines with their CR LF.
std::optional<PartHead> readHead(std::string_view text) {
  PartHead head;
  bool hasDisposition = false;
  while (!text.empty()) {
    const auto end = text.find("\r\n");
    if (!readField(text.substr(0, end), head, hasDisposition)) return std::nullopt;
    text.remove_prefix(std::min(text.size(), end == std::string_view::npos ? end : end + 2));
  }
  if (!hasDisposition) return std::nullopt;
  return head;
}

/// How many bytes at the end of `text` may be the beginning of `mark`.
std::size_t openEnd(std::string_view text, std::string_view mark) {
  for (auto size = std::min(text.size(), mark.size() - 1); size > 0; --size)
    if (text.substr(text.size() - size) == mark.substr(0, size)) return size;
  return 0;
}

}  // namespace

std::string boundaryOf(std::string_view contentType) {
  const auto value = parseParameters(contentType);
  if (!value || value->first != "multipart/form-data") return {};
  for (const auto& [name, text] : value->second) {
    if (name != "boundary") continue;
    const bool plain = std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= 0x20 && c < 0x7F; });
    return plain && text.size() <= maxBoundary ? text : std::string();
  }
  return {};
}

// The body is read as if a line end stood before it, so that the first delimiter is like the others.
MultipartParser::MultipartParser(const std::string& boundary, const Limits& limits, Events& events)
    : delimiter_("\r\n--" + boundary), limits_(limits), events_(events), held_("\r\n") {}

bool MultipartParser::feed(std::string_view input) {
  if (phase_ == Phase::Epilogue) return true;
  held_.append(input);
  for (;;) {
    switch (step()) {
      case Step::Again: continue;
      case Step::More: return true;
      case Step::Failed: return false;
    }
  }
}

MultipartParser::Step MultipartParser::step() {
  switch (phase_) {
    case Phase::Preamble:
    case Phase::Data: return scanData();
    case Phase::Delimiter: return scanDelimiter();
    case Phase::Head: return scanHead();
    case Phase::Epilogue: break;
  }
  std::string().swap(held_);
  return Step::More;
}

void MultipartParser::give(std::size_t bytes) {
  if (phase_ == Phase::Data && bytes > 0) events_.onPartData(std::string_view(held_).substr(0, bytes));
}

MultipartParser::Step MultipartParser::scanData() {
  const auto at = held_.find(delimiter_);
  if (at == std::string::npos) {
    const auto sure = held_.size() - openEnd(held_, delimiter_);
    give(sure);
    held_.erase(0, sure);
    return Step::More;
  }
  give(at);
  if (phase_ == Phase::Data) events_.onPartEnd();
  held_.erase(0, at + delimiter_.size());
  phase_ = Phase::Delimiter;
  return Step::Again;
}

/// Behind a delimiter: "--" at the very end, else padding and the line's end, which is left for the head.
MultipartParser::Step MultipartParser::scanDelimiter() {
  if (held_.starts_with("--")) {
    phase_ = Phase::Epilogue;
    return Step::Again;
  }
  const auto padding = std::min(held_.find_first_not_of(" \t"), held_.size());
  if (padding > maxPadding) return fail("a boundary line is too long");
  const auto rest = std::string_view(held_).substr(padding);
  if (rest.size() < 2 && (rest.empty() || rest == "\r" || (padding == 0 && rest == "-"))) return Step::More;
  if (!rest.starts_with("\r\n")) return fail("a boundary line has more than the boundary");
  held_.erase(0, padding);
  if (++parts_ > limits_.maxParts) return fail("too many parts");
  phase_ = Phase::Head;
  return Step::Again;
}

MultipartParser::Step MultipartParser::scanHead() {
  constexpr std::string_view emptyLine = "\r\n\r\n";
  const auto end = held_.find(emptyLine);
  const auto size = end != std::string::npos ? end : held_.size() - openEnd(held_, emptyLine);
  if (size > limits_.maxPartHead) return fail("the header of a part is too large");
  if (end == std::string::npos) return Step::More;
  const auto head = end < 2 ? std::nullopt : readHead(std::string_view(held_).substr(2, end - 2));
  if (!head) return fail("a part needs Content-Disposition: form-data with a name");
  held_.erase(0, end + 4);
  phase_ = Phase::Data;
  events_.onPart(*head);
  return Step::Again;
}

MultipartParser::Step MultipartParser::fail(const char* why) {
  error_ = why;
  return Step::Failed;
}

}  // namespace file_transfer
