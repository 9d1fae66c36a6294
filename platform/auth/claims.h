// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "auth/identity.h"
#include "auth/options.h"

#include <parley/json.h>
#include <parley/time.h>

#include <variant>

namespace parley::auth {

/// Why a token does not count: for the server's log.
struct Refusal {
  enum class Told {
    Nothing,
    Expired,   ///< so that an honest client gets a new one
    NoUserId,  ///< so that an admin finds the wrong setting: a token of the right issuer, whose subject is no id here
  };
  const char* reason = "";
  Told told = Told::Nothing;  ///< to whoever sent it; of tokens alone whose signature, issuer and audience are right
};

using Verdict = std::variant<Identity, Refusal>;

/// What the claims of a token whose signature was right say (RFC 7519 section 4.1). `exp` must be there, and who it is
/// in `JwtOptions::subjectClaim`; the token of a back end, which is no user's, may have that in `sub` instead. Times
/// are whole seconds up to the year 9999.
Verdict identityOf(const JsonObject& claims, const JwtOptions& options, Time now);

}  // namespace parley::auth
