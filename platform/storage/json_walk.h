// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace parley::storage {

/// Goes through stored JSON and makes no values of it: a fraction of what parsing costs, for who wants a few members.
/// The text is valid, as all that was stored; of one that is not it says anything, but reads nothing beyond its end. It
/// outlives this, and all views are into it.
class JsonWalk {
 public:
  explicit JsonWalk(std::string_view text) : text_(text) {}

  /// What the next value begins with; U+0000 at the end.
  char peek() {
    while (at_ < text_.size() && isSpace(text_[at_])) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  /// Goes into the next value; false when that is no object.
  bool enter() { return take('{'); }
  /// Goes to the next member's value; its name as it is written, nothing at the object's end.
  std::optional<std::string_view> member();
  /// Goes to the next member's value if it has this name and is written without spaces: for who knows the order,
  /// without looking for the name's end.
  bool member(std::string_view name) {
    const auto comma = std::size_t{at_ < text_.size() && text_[at_] == ','};
    const auto rest = text_.substr(at_ + comma);
    const auto size = name.size();
    if (rest.size() < size + 3 || rest[0] != '"' || rest[size + 1] != '"' || rest[size + 2] != ':' ||
        rest.substr(1, size) != name)
      return false;
    at_ += comma + size + 3;
    return true;
  }
  /// Goes behind the next value, which is returned as it is written.
  std::string_view value();

 private:
  static bool isSpace(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
  static bool endsScalar(char c) { return c == ',' || c == '}' || c == ']' || isSpace(c); }
  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  void skipString();
  bool isEscaped(std::size_t at) const;

  std::string_view text_;
  std::size_t at_ = 0;
};

/// What SQLite's json_type says of the value at a field path ("a.b") of a document; empty where there is none.
std::string_view jsonType(std::string_view document, std::string_view path);

}  // namespace parley::storage
