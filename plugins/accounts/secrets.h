// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace accounts {

/// Bytes that nobody can guess. [any thread]
std::string randomBytes(std::size_t count);

/// Lower-case hexadecimal digits of the SHA-256; what is kept of a secret that is random itself.
std::string digestOf(std::string_view bytes);

/// base64url without padding (RFC 4648 section 5).
std::string toBase64Url(std::string_view bytes);
/// Nothing unless the text stands for exactly `count` bytes.
std::optional<std::string> fromBase64Url(std::string_view text, std::size_t count);

}  // namespace accounts
