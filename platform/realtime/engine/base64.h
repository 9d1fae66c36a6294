// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace parley::realtime {

/// Base64 with padding (RFC 4648 section 4). [any thread]
std::string toBase64(std::string_view bytes);
/// Strict: the standard alphabet, padded, no spaces, unused bits zero; so exactly what toBase64 writes. [any thread]
std::optional<std::string> fromBase64(std::string_view text);

}  // namespace parley::realtime
