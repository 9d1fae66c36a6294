// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace parley::storage::mongodb {

/// Names of members as they can be stored. Servers take a dot for a step of a path and a leading dollar for an
/// operator, and some refuse to store either: in their place stand the full-width forms, U+FF0E and U+FF04. What had
/// one of these before, or is empty, is marked with U+FF3C.
std::string storedName(std::string_view name);
/// The opposite; a name that storedName would not have made stays as it is.
std::string shownName(std::string_view stored);

}  // namespace parley::storage::mongodb
