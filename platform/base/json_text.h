// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/error.h>
#include <parley/json.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace parley::base {

/// Reads one JSON text (RFC 8259): at most `maxDepth` levels, valid UTF-8, nothing after it. As boost::json::parse, but
/// each real is the nearest double, where Boost before 1.84 is off by a bit in one of eight, and one that no double
/// holds is an error.
Json readJson(std::string_view text, std::size_t maxDepth, boost::system::error_code& error,
              boost::json::storage_ptr storage = {});

/// readJson for a text from a client; VALIDATION_FAILED with what is wrong. A lone surrogate escape, as JavaScript
/// writes for half an emoji, becomes U+FFFD.
Result<Json> parseJson(std::string_view text, std::size_t maxDepth);

/// Makes JSON of what boost::json::serialize has written of values that are none: U+FFFD of bytes that are not UTF-8,
/// null of numbers that are not finite. Whether there was any.
bool mendJson(std::string& text);

}  // namespace parley::base
