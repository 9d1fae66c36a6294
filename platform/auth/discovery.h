// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace parley::auth {

/// Whether nobody on the way can change what is fetched from this URL: https, or http on this machine.
bool isSafeUrl(std::string_view url);

/// Where a provider describes itself (OpenID Connect Discovery 1.0 section 4).
std::string discoveryUrlOf(std::string_view issuer);

/// The `jwks_uri` of such a description (section 3). Throws std::runtime_error, saying what is wrong, when it is none,
/// is another issuer's, or names a URL that is not safe.
std::string keysUrlOf(std::string_view description, std::string_view issuer);

}  // namespace parley::auth
