// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/error.h>
#include <parley/json.h>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace parley {

/// 1 to 64 characters of `A-Z a-z 0-9 _ - . : @`.
inline bool isValidId(std::string_view id) {
  return !id.empty() && id.size() <= 64 && std::all_of(id.begin(), id.end(), [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.' || c == ':' || c == '@';
  });
}

/// Reads a client's object: unknown fields are ignored; a missing, mistyped or out-of-range one throws
/// VALIDATION_FAILED with the field's name. An optional field that is null or absent counts as not given.
/// Keeps a reference to the value it reads, which therefore is no temporary.
class Fields {
 public:
  explicit Fields(const Json& value, std::string_view what = "data") {
    if (!value.is_object()) throw Error(ErrorCode::ValidationFailed, std::string(what) + " must be an object");
    object_ = &value.get_object();
  }
  explicit Fields(const Json&& value, std::string_view what = "data") = delete;

  bool has(std::string_view name) const { return find(name) != nullptr; }

  std::string text(std::string_view name, std::size_t maxBytes, std::size_t minBytes = 1) const {
    return *require(name, optionalText(name, maxBytes, minBytes));
  }
  std::optional<std::string> optionalText(std::string_view name, std::size_t maxBytes, std::size_t minBytes = 0) const {
    const Json* value = find(name);
    if (value == nullptr) return std::nullopt;
    if (!value->is_string()) fail(name, "must be a string");
    const auto& text = value->get_string();
    if (text.empty() && minBytes > 0) fail(name, "must not be empty");
    if (text.size() < minBytes) fail(name, "must be at least " + std::to_string(minBytes) + " bytes");
    if (text.size() > maxBytes) fail(name, "must be at most " + std::to_string(maxBytes) + " bytes");
    if (text.find('\0') != boost::json::string::npos) fail(name, "must not contain U+0000");
    return std::string(text);
  }

  std::string id(std::string_view name) const { return *require(name, optionalId(name)); }
  /// The empty string counts as not given, as clients of the standard API send it.
  std::optional<std::string> optionalId(std::string_view name) const {
    auto text = optionalText(name, 64);
    if (!text || text->empty()) return std::nullopt;
    if (!isValidId(*text)) fail(name, "must be 1 to 64 characters of A-Z a-z 0-9 _ - . : @");
    return text;
  }

  std::int64_t integer(std::string_view name, std::int64_t min, std::int64_t max) const {
    return *require(name, optionalInteger(name, min, max));
  }
  std::optional<std::int64_t> optionalInteger(std::string_view name, std::int64_t min, std::int64_t max) const {
    const Json* value = find(name);
    if (value == nullptr) return std::nullopt;
    boost::system::error_code inexact;
    const auto number = value->is_number() ? value->to_number<std::int64_t>(inexact) : std::int64_t{0};
    if (!value->is_number() || inexact) fail(name, "must be an integer");
    if (number < min || number > max) fail(name, "must be from " + std::to_string(min) + " to " + std::to_string(max));
    return number;
  }

  std::optional<bool> optionalFlag(std::string_view name) const {
    const Json* value = find(name);
    if (value == nullptr) return std::nullopt;
    if (!value->is_bool()) fail(name, "must be true or false");
    return value->get_bool();
  }

  std::string choice(std::string_view name, std::initializer_list<std::string_view> allowed) const {
    auto value = text(name, 64);
    if (std::find(allowed.begin(), allowed.end(), value) != allowed.end()) return value;
    std::string list;
    for (const auto& item : allowed) list += (list.empty() ? "" : ", ") + std::string(item);
    fail(name, "must be one of " + list);
  }

  [[noreturn]] static void fail(std::string_view name, const std::string& what) {
    throw Error(ErrorCode::ValidationFailed, std::string(name) + " " + what);
  }

 private:
  const Json* find(std::string_view name) const {
    const auto* member = object_->if_contains(name);
    return member == nullptr || member->is_null() ? nullptr : member;
  }
  template <typename T>
  static std::optional<T> require(std::string_view name, std::optional<T> value) {
    if (!value) fail(name, "is required");
    return value;
  }

  const JsonObject* object_;
};

}  // namespace parley
