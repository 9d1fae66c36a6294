// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace parley::base {

/// The bytes of base64url text without padding (RFC 7515 section 2); nothing when a character is not of the alphabet,
/// the length is impossible, or bits beyond the last byte are set: each byte string has one spelling.
std::optional<std::string> fromBase64Url(std::string_view text);

std::string toBase64Url(std::string_view bytes);

}  // namespace parley::base
