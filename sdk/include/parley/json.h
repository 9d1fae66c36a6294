// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/time.h>

#include <boost/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parley {

/// The payload type of the whole platform: RFC 8259 JSON, strings are valid UTF-8, numbers finite. In values that a
/// plugin sends or answers with, bytes that are not UTF-8 become U+FFFD and other numbers null, with a line in the log.
using Json = boost::json::value;
using JsonObject = boost::json::object;
using JsonArray = boost::json::array;

/// One JSON value, written out: for what is made often or sent to many, since making values first costs several times
/// as much.
struct JsonText {
  std::string text;
};

/// Adds a text, which is valid UTF-8, as a JSON string.
inline void appendJson(std::string& written, std::string_view text) {
  unsigned char special = 0;  // no branch for each character, so that the compiler takes many at once
  for (const char c : text)
    special |= static_cast<unsigned char>((static_cast<unsigned char>(c) < ' ') | (c == '"') | (c == '\\'));
  if (special == 0)
    written.append(1, '"').append(text).append(1, '"');
  else
    written.append(boost::json::serialize(boost::json::string(text)));
}

/// The arguments of one Socket.IO event, with the binary parts taken out.
///
/// Where the client sent bytes (a Buffer, an ArrayBuffer …), `args` holds the protocol's own place
/// holder `{"_placeholder": true, "num": n}` and `attachments[n]` the bytes (Socket.IO protocol 5,
/// "binary event"). To send bytes, put the same place holder there: `binaryPlaceholder(n)`.
struct Payload {
  JsonArray args;
  std::vector<std::string> attachments;
  JsonText written = {};  ///< of what is sent: the one argument, instead of `args`, when it is not empty
};

/// The place holder that stands for `Payload::attachments[index]` inside `Payload::args`.
inline Json binaryPlaceholder(std::size_t index) {
  return JsonObject{{"_placeholder", true}, {"num", index}};
}

/// The member `name` as text; empty when the object has no such member or it is not a string.
/// The view is valid as long as `object` is unchanged.
inline std::string_view textOf(const JsonObject& object, std::string_view name) {
  const auto* member = object.if_contains(name);
  if (member == nullptr || !member->is_string()) return {};
  const auto& text = member->get_string();
  return {text.data(), text.size()};
}

/// The member `name` as a whole number; 0 when the object has no such member or it is none.
inline std::int64_t integerOf(const JsonObject& object, std::string_view name) {
  const auto* member = object.if_contains(name);
  if (member == nullptr || !member->is_number()) return 0;
  boost::system::error_code inexact;
  const auto number = member->to_number<std::int64_t>(inexact);
  return inexact ? 0 : number;
}

/// The member `name` as a time; nothing when the object has no such member or it is not as toIso8601 writes it.
inline std::optional<Time> timeOf(const JsonObject& object, std::string_view name) {
  return fromIso8601(textOf(object, name));
}

}  // namespace parley
