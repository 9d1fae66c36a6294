// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "auth/identity.h"
#include "auth/options.h"

#include <parley/json.h>
#include <parley/time.h>

#include <variant>

namespace parley::auth {

/// Why a token does not count: for the server's log, never for whoever sent it.
struct Refusal {
  const char* reason = "";
  bool isExpired = false;  ///< the one thing that an honest client is told, so that it gets a new one
};

using Verdict = std::variant<Identity, Refusal>;

/// What the claims of a token whose signature was right say (RFC 7519 section 4.1). `sub` and `exp` must be there;
/// times are whole seconds up to the year 9999.
Verdict identityOf(const JsonObject& claims, const JwtOptions& options, Time now);

}  // namespace parley::auth
