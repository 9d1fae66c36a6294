// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/error.h>
#include <parley/json.h>

#include <cstddef>
#include <string_view>

namespace parley::base {

/// Reads one JSON text from a client (RFC 8259): at most `maxDepth` levels, valid UTF-8, numbers that a double holds,
/// nothing after it; VALIDATION_FAILED, with what is wrong, when it is not that. A lone surrogate escape, as JavaScript
/// writes for half an emoji, becomes U+FFFD.
Result<Json> parseJson(std::string_view text, std::size_t maxDepth);

}  // namespace parley::base
