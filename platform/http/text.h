// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace parley::http {

/// ASCII only, as header names and tokens are compared (RFC 9110 section 5.1).
bool equalsNoCase(std::string_view a, std::string_view b);
std::string lowerCase(std::string_view text);

/// Without spaces and tabs at both ends.
std::string_view trimmed(std::string_view text);

/// Takes the next item of a comma-separated list from the front of `list`, trimmed.
std::string_view nextItem(std::string_view& list);

}  // namespace parley::http
