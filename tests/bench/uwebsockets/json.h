// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <chrono>
#include <concepts>
#include <string>
#include <string_view>
#include <utility>

namespace bench {

using Time = std::chrono::sys_time<std::chrono::milliseconds>;

/// JSON text, written from left to right. Values of known shape need no tree of them first.
class Json {
 public:
  Json() { text_.reserve(512); }  // of a message are some 400

  Json& raw(std::string_view text) {
    text_ += text;
    return *this;
  }
  Json& number(std::integral auto value) {
    char digits[24];
    text_.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
    return *this;
  }
  /// Quoted, with what JSON does not allow in a string escaped.
  Json& text(std::string_view value);
  /// As JavaScript writes a date.
  Json& time(Time value);

  std::string take() { return std::move(text_); }

 private:
  void digits(unsigned value, unsigned first);

  std::string text_;
};

}  // namespace bench
