// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace accounts {

/// What two spellings of a username have in common that only one account may have: without regard to case, width and
/// composition of characters (NFKC_Casefold of Unicode). Throws VALIDATION_FAILED unless it has 1 to 64 code points, no
/// control characters, and no space at its ends. [any thread]
std::string nameKey(const std::string& username);

}  // namespace accounts
