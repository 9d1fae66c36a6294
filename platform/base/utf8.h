// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace parley::base {

/// Whether the bytes are well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF). [any
/// thread]
bool isUtf8(std::string_view bytes);

/// Puts U+FFFD in the place of each byte that belongs to no well-formed sequence. Whether there was any. [any thread]
bool mendUtf8(std::string& text);

}  // namespace parley::base
