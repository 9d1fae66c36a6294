// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "auth/key.h"
#include "auth/options.h"
#include "auth/token.h"

#include <vector>

namespace parley::auth {

/// The keys that count at one time. Immutable. [any thread]
class KeySet {
 public:
  enum class Check { Right, Wrong, NoSuchKey };

  KeySet() = default;
  /// `named`: a token must name the key that signed it, unless there is only one.
  KeySet(std::vector<Key> keys, bool named) : keys_(std::move(keys)), named_(named) {}

  bool empty() const { return keys_.empty(); }
  Check check(const Token& token) const;

 private:
  std::vector<Key> keys_;
  bool named_ = false;
};

/// The keys from the secret or from files; empty when they come from a URL, or nobody's tokens but our own count.
/// Throws KeyFault for options that do not fit together and for keys that are unusable or weak.
KeySet readKeys(const JwtOptions& options);

}  // namespace parley::auth
