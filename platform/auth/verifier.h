// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "auth/claims.h"
#include "auth/identity.h"
#include "auth/options.h"
#include "auth/own_key.h"
#include "auth/remote_keys.h"
#include "auth/revocations.h"
#include "base/counters.h"
#include "base/rate_limits.h"
#include "base/worker_pool.h"

#include <parley/error.h>
#include <parley/time.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parley::auth {

/// Says whose a token is. [any thread]
class Verifier {
 public:
  using Done = std::function<void(Result<Identity>)>;

  /// Throws KeyFault when the keys cannot be read. The references outlive it; `fetch` is for the keys of a provider.
  /// `own`: the key of the server's own tokens; null when there are none. `limits`, if any, count the tokens that are
  /// refused.
  Verifier(const JwtOptions& options, base::WorkerPool& pool, const Clock& clock, Fetch fetch,
           std::shared_ptr<const OwnKey> own = nullptr, base::RateLimits* limits = nullptr,
           const Revocations* takenBack = nullptr);
  ~Verifier();
  Verifier(const Verifier&) = delete;
  Verifier& operator=(const Verifier&) = delete;

  /// Calls `done` once: before it returns, or later on a worker when the keys have to be fetched first. A token that
  /// does not count is UNAUTHENTICATED, whatever is wrong with it, or RATE_LIMITED when `address`, which showed it, has
  /// shown too many; UNAVAILABLE: no key has ever been fetched. [worker]
  void verify(std::string token, Done done, const std::string& address = {});
  /// How many did not count. [any thread]
  std::uint64_t refused() const { return refused_.get(); }

  /// Reads all keys anew; throws KeyFault, and nothing changes then. Keys of the same URL stay until new ones are
  /// there.
  void reload(const JwtOptions& options);

  /// Says whose a credential is; nothing: nobody's. May throw Error, which is the answer then. [worker]
  using CredentialCheck = std::function<std::optional<Identity>(const std::string& credential)>;
  /// What begins with `prefix` is asked of `check` instead of being read as a token. CONFLICT when another's prefix
  /// begins like that, VALIDATION_FAILED for a prefix that a token could begin with.
  void addCredential(const std::string& prefix, CredentialCheck check);
  /// Also without effect on a check that runs.
  void removeCredential(const std::string& prefix);

 private:
  struct Rules;
  struct Credential {
    std::string prefix;
    CredentialCheck check;
  };
  CredentialCheck credentialCheck(std::string_view text) const;
  Result<Identity> ofCredential(const CredentialCheck& check, const std::string& text, const JwtOptions& options) const;
  Result<Identity> ofOwn(const Token& token, const JwtOptions& options) const;
  void judge(std::string token, const Done& done);
  std::shared_ptr<const Rules> rules() const;
  std::shared_ptr<const Rules> make(const JwtOptions& options, const Rules* before) const;

  base::WorkerPool& pool_;
  const Clock& clock_;
  const Fetch fetch_;
  const std::shared_ptr<const OwnKey> own_;
  base::RateLimits* limits_;
  const Revocations* takenBack_;  ///< of the server's own tokens
  base::Counter refused_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Rules> rules_;
  std::vector<Credential> credentials_;
};

/// The token of `Authorization: Bearer …` (RFC 6750 section 2.1); empty when there is none.
std::string bearerOf(std::string_view authorization);

}  // namespace parley::auth
