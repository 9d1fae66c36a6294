// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace parley::base {

/// How many bytes the well-formed character has that the text, which is not empty, begins with; 0 when there is none.
/// [any thread]
std::size_t characterLength(std::string_view text);

/// Whether the bytes are well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF). [any
/// thread]
bool isUtf8(std::string_view bytes);

/// Puts U+FFFD in the place of each byte that belongs to no well-formed sequence. Whether there was any. [any thread]
bool mendUtf8(std::string& text);

}  // namespace parley::base
