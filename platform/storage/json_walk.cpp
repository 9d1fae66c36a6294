// SPDX-License-Identifier: Apache-2.0
#include "storage/json_walk.h"

#include <algorithm>

namespace parley::storage {

bool JsonWalk::isEscaped(std::size_t at) const {
  std::size_t backslashes = 0;
  while (text_[at - 1 - backslashes] == '\\') ++backslashes;  // at the latest the quote that opens ends them
  return backslashes % 2 == 1;
}

void JsonWalk::skipString() {
  auto end = text_.find('"', at_ + 1);
  while (end != std::string_view::npos && isEscaped(end)) end = text_.find('"', end + 1);
  at_ = end == std::string_view::npos ? text_.size() : end + 1;
}

std::optional<std::string_view> JsonWalk::member() {
  take(',');
  if (peek() != '"') return std::nullopt;
  const auto quoted = value();
  take(':');
  return quoted.substr(1, quoted.size() - std::min<std::size_t>(quoted.size(), 2));
}

std::string_view JsonWalk::value() {
  const bool isText = peek() == '"';
  const auto begin = at_;
  if (isText) {
    skipString();
    return text_.substr(begin, at_ - begin);
  }
  int depth = 0;
  do {
    switch (peek()) {
      case '"': skipString(); break;
      case '{':
      case '[': ++depth, ++at_; break;
      case '}':
      case ']': --depth, ++at_; break;
      case ',':
      case ':': ++at_; break;
      default:
        while (at_ < text_.size() && !endsScalar(text_[at_])) ++at_;
    }
  } while (depth > 0 && at_ < text_.size());
  return text_.substr(begin, at_ - begin);
}

std::string_view jsonType(std::string_view document, std::string_view path) {
  JsonWalk walk(document);
  for (std::size_t from = 0; from <= path.size();) {
    const auto dot = std::min(path.find('.', from), path.size());
    const auto wanted = path.substr(from, dot - from);
    if (!walk.enter()) return {};
    auto name = walk.member();
    for (; name && *name != wanted; name = walk.member()) walk.value();
    if (!name) return {};
    from = dot + 1;
  }
  switch (walk.peek()) {
    case '"': return "text";
    case '{': return "object";
    case '[': return "array";
    case 'n': return "null";
    case 't': return "true";
    case 'f': return "false";
    default: return walk.value().find_first_of(".eE") == std::string_view::npos ? "integer" : "real";
  }
}

}  // namespace parley::storage
