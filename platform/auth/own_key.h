// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "auth/identity.h"
#include "auth/key.h"
#include "auth/token.h"

#include <parley/time.h>

#include <string>

namespace parley::auth {

/// What the server signs tokens of its own with. HS256: nobody else has to check them, whatever the tokens of others
/// are signed with. Immutable. [any thread]
class OwnKey {
 public:
  static constexpr const char* issuer = "parley";  ///< `iss` of these tokens

  /// Throws std::invalid_argument for fewer than 32 bytes.
  explicit OwnKey(const std::string& secret);

  /// A token for `who` until `who.expiresAt`, in whole seconds.
  std::string sign(const Identity& who, Time now) const;

  /// Whether a token says that it was signed with this key; its `kid` is made of the key.
  bool isNamedBy(const Token& token) const;
  bool hasSigned(const Token& token) const;
  /// When it was signed, to the millisecond; to the second for one of an earlier server.
  static Time issuedAt(const Token& token);

 private:
  Key key_;
};

}  // namespace parley::auth
