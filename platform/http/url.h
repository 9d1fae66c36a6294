// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace parley::http {

/// Percent-decoding (RFC 3986 section 2.1); nothing when a '%' is not followed by two hex digits.
std::optional<std::string> percentDecode(std::string_view text, bool plusIsSpace = false);

/// As percentDecode for a path: nothing also when control characters or invalid UTF-8 come out.
std::optional<std::string> decodePath(std::string_view path);

/// Names and values of `a=1&b=2`, decoded; what cannot be decoded is left as it is.
std::vector<std::pair<std::string, std::string>> parseQuery(std::string_view query);

/// The value of one of them, of the last with that name.
std::optional<std::string> findInQuery(std::string_view query, std::string_view name);

}  // namespace parley::http
