// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "auth/claims.h"
#include "auth/identity.h"
#include "auth/options.h"
#include "auth/remote_keys.h"
#include "base/worker_pool.h"

#include <parley/error.h>
#include <parley/time.h>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace parley::auth {

/// Says whose a token is. [any thread]
class Verifier {
 public:
  using Done = std::function<void(Result<Identity>)>;

  /// Throws KeyFault when the keys cannot be read. The references outlive it; `fetch` is for `jwksUrl` alone.
  Verifier(const JwtOptions& options, base::WorkerPool& pool, const Clock& clock, Fetch fetch);
  ~Verifier();
  Verifier(const Verifier&) = delete;
  Verifier& operator=(const Verifier&) = delete;

  /// Calls `done` once: before it returns, or later on a worker when the keys have to be fetched first. A token that
  /// does not count is UNAUTHENTICATED, whatever is wrong with it; UNAVAILABLE: no key has ever been fetched. [worker]
  void verify(std::string token, Done done);

  /// Reads all keys anew; throws KeyFault, and nothing changes then. Keys of the same URL stay until new ones are
  /// there.
  void reload(const JwtOptions& options);

 private:
  struct Rules;
  std::shared_ptr<const Rules> rules() const;
  std::shared_ptr<const Rules> make(const JwtOptions& options, const Rules* before) const;

  base::WorkerPool& pool_;
  const Clock& clock_;
  const Fetch fetch_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Rules> rules_;
};

/// The token of `Authorization: Bearer …` (RFC 6750 section 2.1); empty when there is none.
std::string bearerOf(std::string_view authorization);

}  // namespace parley::auth
