// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/json.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace parley::auth {

/// A signed token as it came; nothing in it is to be believed before its signature was checked.
struct Token {
  std::string_view signedPart;  ///< of the text that was read
  std::string signature;
  std::string algorithm;
  std::optional<std::string> kid;
  JsonObject claims;
};

/// Reads a JWS in compact serialization (RFC 7515) of at most `maxBytes`. Stricter than it must be: nothing for members
/// that are named twice, at any depth, invalid UTF-8, deep nesting, a `kid` that no provider would make, a critical
/// extension, or a `typ` of a token that is meant for something else.
std::optional<Token> readToken(std::string_view text, std::size_t maxBytes);

/// A JSON object without a member that is named twice; nothing for any other text.
std::optional<JsonObject> readObject(std::string_view text);

}  // namespace parley::auth
