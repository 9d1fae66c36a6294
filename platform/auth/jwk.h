// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "auth/key.h"

#include <string_view>
#include <vector>

namespace parley::auth {

/// The keys of a JWK Set (RFC 7517) that are for signatures of this algorithm; others are passed over, secret ones
/// always. Empty when there is none, or the text is no key set.
std::vector<Key> keysOfJwks(const Algorithm& algorithm, std::string_view text);

}  // namespace parley::auth
