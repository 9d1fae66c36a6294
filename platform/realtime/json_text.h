// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/json.h>

#include <cstddef>
#include <optional>
#include <string_view>

namespace parley::realtime {

/// Reads one JSON text from a client (RFC 8259): at most `maxDepth` levels, valid UTF-8, numbers that a double holds,
/// nothing after it; nothing when it is not that. A lone surrogate escape, as JavaScript writes for half an emoji,
/// becomes U+FFFD.
std::optional<Json> parseJson(std::string_view text, std::size_t maxDepth);

}  // namespace parley::realtime
