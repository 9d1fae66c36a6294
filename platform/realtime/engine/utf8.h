// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace parley::realtime {

/// Whether the bytes are well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF). [any
/// thread]
bool isUtf8(std::string_view bytes);

}  // namespace parley::realtime
